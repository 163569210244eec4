using Codec.Datasets;
using Codec.Trainer.Images;
using Codec.Trainer.LinearCodes;
using Codec.Trainer.Networks;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Codec.Trainer.Training;

/// <summary>Trains the dense autoencoder, with a checkpoint after every epoch.</summary>
/// <remarks>
/// Each epoch's shuffling comes from the seed and its number alone; hence a run that is resumed ends with the weights of one that
/// was never stopped.
/// </remarks>
internal sealed class DenseTraining : IDisposable
{
    /// <summary>How images reach the network: −0.5 to 0.5, as in the article.</summary>
    public const float Scale = 1 / 255f;

    /// <summary>See <see cref="Scale"/>.</summary>
    public const float Offset = -0.5f;

    private readonly DenseOptions _options;
    private readonly RunDescription _description;
    private readonly Checkpoint _checkpoint;
    private readonly DenseAutoencoder _network;
    private readonly Adamax _optimizer;
    private readonly Tensor _train;
    private readonly Tensor _test;
    private readonly List<EpochResult> _history = [];

    /// <summary>Prepares a run; <see cref="Resume"/> may follow.</summary>
    /// <exception cref="ArgumentException">The code is larger than an image, or there are too few images.</exception>
    public DenseTraining(Dataset images, DenseOptions options, Checkpoint checkpoint)
    {
        ImageSet train = images.Train;
        PrincipalComponents.CheckCount(train, options.CodeSize);
        // Products this small run faster on one thread than on two (docs: design, known traps), and always the same way.
        set_num_threads(1);
        manual_seed(options.Seed);
        _options = options;
        _checkpoint = checkpoint;
        _description = new RunDescription(options, images.Name, train.Width, train.Height, train.Channels, train.Count);
        _network = new DenseAutoencoder(train.ImageLength, options.CodeSize);
        if (options.Schedule == DenseSchedule.Product)
            _network.StartFrom(PrincipalComponents.Fit(train, options.CodeSize, mirrored: false).ToPair(options.CodeSize, Scale, Offset));
        _optimizer = optim.Adamax(_network.parameters(), options.LearningRate, eps: 1e-7);
        _train = train.ToTensor(Scale, Offset);
        _test = images.Test.ToTensor(Scale, Offset);
    }

    /// <summary>The network.</summary>
    public DenseAutoencoder Network => _network;

    /// <summary>The epochs so far.</summary>
    public IReadOnlyList<EpochResult> History => _history;

    /// <summary>Goes back to where the checkpoint stands.</summary>
    /// <exception cref="TrainingStoppedException">There is none, or it belongs to another run.</exception>
    public void Resume()
    {
        Progress progress = _checkpoint.Load<Progress>(new Dictionary<string, Action<Stream>>
        {
            ["network"] = stream => _network.load(stream),
            ["optimizer"] = stream => _optimizer.load_state_dict(new BinaryReader(stream)),
        });
        if (progress.Run != _description)
        {
            throw new TrainingStoppedException(
                $"The checkpoint {_checkpoint.Path} belongs to another run ({progress.Run}) than this ({_description}); give the same options and images, or leave --resume out.");
        }

        _history.AddRange(progress.History);
    }

    /// <summary>Trains to the last epoch.</summary>
    /// <param name="report">Called after each epoch.</param>
    /// <param name="cancellation">Stops between two steps; the last epoch's checkpoint stays.</param>
    /// <exception cref="TrainingStoppedException">The loss is no number any more; the last good checkpoint stays.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public void Run(Action<EpochResult> report, CancellationToken cancellation)
    {
        for (int epoch = _history.Count; epoch < _options.Epochs; epoch++)
        {
            double loss = RunEpoch(epoch, cancellation);
            var result = new EpochResult(epoch + 1, loss, Evaluate(_test));
            _history.Add(result);
            Save();
            report(result);
        }
    }

    /// <summary>Mean squared error over images [N, D], scaled as the network takes them.</summary>
    public double Evaluate(Tensor images)
    {
        using IDisposable frozen = no_grad();
        using DisposeScope scope = NewDisposeScope();
        return nn.functional.mse_loss(_network.forward(images), images).item<float>();
    }

    public void Dispose()
    {
        _train.Dispose();
        _test.Dispose();
        _optimizer.Dispose();
        _network.Dispose();
    }

    private double RunEpoch(int epoch, CancellationToken cancellation)
    {
        foreach (Adamax.ParamGroup group in _optimizer.ParamGroups.Cast<Adamax.ParamGroup>()) group.LearningRate = _options.LearningRateAt(epoch);
        long[] order = [.. Enumerable.Range(0, (int)_train.shape[0]).Select(i => (long)i)];
        new Random(unchecked(_options.Seed * 1_000_003 + epoch)).Shuffle(order);
        double sum = 0;
        for (int first = 0; first < order.Length; first += _options.BatchSize)
        {
            cancellation.ThrowIfCancellationRequested();
            int size = Math.Min(_options.BatchSize, order.Length - first);
            double loss = Step(order.AsSpan(first, size).ToArray());
            if (!double.IsFinite(loss)) throw Diverged(epoch, loss);
            sum += loss * size;
        }

        return sum / order.Length;
    }

    private double Step(long[] indices)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor batch = _train.index_select(0, from_array(indices));         // [B, D]
        Tensor loss = nn.functional.mse_loss(_network.forward(batch), batch);
        _optimizer.zero_grad();
        loss.backward();
        _optimizer.step();
        return loss.item<float>();
    }

    private void Save() => _checkpoint.Save(new Progress(_description, [.. _history]), new Dictionary<string, Action<Stream>>
    {
        ["network"] = stream => _network.save(stream),
        ["optimizer"] = stream => _optimizer.save_state_dict(new BinaryWriter(stream)),
    });

    private TrainingStoppedException Diverged(int epoch, double loss) => new(
        $"The loss became {loss} in epoch {epoch + 1}, so training stopped. "
        + (epoch > 0 ? $"The checkpoint of epoch {epoch} is kept at {_checkpoint.Path}. " : "No epoch was completed. ")
        + $"Try a smaller --learning-rate than {_options.LearningRate}, and look for damaged images.");

    /// <summary>What must be the same for a run to be resumed.</summary>
    private sealed record RunDescription(DenseOptions Options, string Source, int Width, int Height, int Channels, int Images);

    private sealed record Progress(RunDescription Run, EpochResult[] History);
}
