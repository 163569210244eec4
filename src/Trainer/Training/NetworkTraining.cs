using Codec.Trainer.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Codec.Trainer.Training;

/// <summary>Trains a network on an objective, and writes a checkpoint after every epoch.</summary>
/// <remarks>
/// The random numbers of an epoch depend only on the seed and the epoch's number, so a resumed run ends with the same weights as an
/// uninterrupted one.
/// </remarks>
/// <typeparam name="TNetwork">The network.</typeparam>
internal sealed class NetworkTraining<TNetwork> : IDisposable
    where TNetwork : nn.Module
{
    private readonly TrainingOptions _options;
    private readonly RunDescription _description;
    private readonly Checkpoint _checkpoint;
    private readonly IObjective<TNetwork> _objective;
    private readonly TorchSharp.Modules.OptimizerHelper _optimizer;
    private readonly List<EpochResult> _history = [];

    // The network of the best epoch, if the run may stop early.
    private byte[]? _best;

    /// <summary>Prepares a run; <see cref="Resume"/> may follow.</summary>
    /// <param name="options">How to train.</param>
    /// <param name="network">Creates the network; called after Torch's generator has been seeded from the options.</param>
    /// <param name="objective">The objective; owned by the run.</param>
    /// <param name="checkpoint">The run's checkpoint.</param>
    /// <exception cref="ArgumentOutOfRangeException">The epochs or the batch size are below 1, or the rate is negative.</exception>
    /// <exception cref="ArgumentException">The device cannot be used.</exception>
    public NetworkTraining(TrainingOptions options, Func<TNetwork> network, IObjective<TNetwork> objective, Checkpoint checkpoint)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.Epochs);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.BatchSize);
        ArgumentOutOfRangeException.ThrowIfNegative(options.LearningRate);
        set_num_threads(options.Threads);
        manual_seed(options.Seed);
        _options = options;
        _checkpoint = checkpoint;
        _objective = objective;
        _description = new RunDescription(options, objective.Examples);
        Network = network().to(TorchDevice.Find(options.Device));
        // A recipe's frozen parameters (requires_grad off) are not trained.
        IEnumerable<TorchSharp.Modules.Parameter> learned = Network.parameters().Where(parameter => parameter.requires_grad);
        _optimizer = options.Optimizer switch
        {
            Optimizer.Adam => optim.Adam(learned, options.LearningRate),
            _ => optim.Adamax(learned, options.LearningRate, eps: 1e-7),
        };
    }

    /// <summary>The network; disposed with the run.</summary>
    public TNetwork Network { get; }

    /// <summary>The results of the completed epochs.</summary>
    public IReadOnlyList<EpochResult> History => _history;

    /// <summary>What the validation loss measures.</summary>
    public string Measure => _objective.Measure;

    /// <summary>Restores the checkpoint.</summary>
    /// <exception cref="TrainingStoppedException">There is no checkpoint, or it belongs to another run.</exception>
    public void Resume()
    {
        Progress progress = _checkpoint.Load<Progress>(new Dictionary<string, Action<Stream>>());
        // More epochs continue a run: only their number may differ.
        if (progress.Run.For(_options.Epochs) != _description || progress.History.Length > _options.Epochs)
        {
            throw new TrainingStoppedException(
                $"The checkpoint {_checkpoint.Path} belongs to another run ({progress.Run.Unlike(_description)}); give the same options and images, or --fresh to start again."
            );
        }

        var parts = new Dictionary<string, Action<Stream>>
        {
            ["network"] = stream => Network.load(stream),
            ["optimizer"] = stream => _optimizer.load_state_dict(new BinaryReader(stream)),
        };
        if (_options.Patience > 0)
        {
            parts["best"] = stream =>
            {
                using var bytes = new MemoryStream();
                stream.CopyTo(bytes);
                _best = bytes.ToArray();
            };
        }

        _checkpoint.Load<Progress>(parts);
        _history.AddRange(progress.History);
    }

    /// <summary>Restores the checkpoint if it belongs to this run.</summary>
    public bool TryResume()
    {
        try
        {
            Resume();
            return true;
        }
        catch (TrainingStoppedException)
        {
            return false;
        }
    }

    /// <summary>The number of epochs that were asked for.</summary>
    public int Epochs => _options.Epochs;

    /// <summary>Whether the run ended before the last epoch, because the validation loss no longer fell.</summary>
    public bool StoppedEarly => _options.Patience > 0 && _history.Count - BestEpoch >= _options.Patience;

    // Counted from 1; 0 before the first.
    private int BestEpoch => _history.MinBy(epoch => epoch.ValidationLoss)?.Epoch ?? 0;

    /// <summary>Trains to the last epoch, or until the validation loss no longer falls; then the network is on the processor.</summary>
    /// <param name="report">Called after each epoch.</param>
    /// <param name="cancellationToken">Stops between two steps; the checkpoint of the last epoch stays.</param>
    /// <exception cref="TrainingStoppedException">The loss is no longer finite; the checkpoint of the last epoch stays.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public void Run(Action<EpochResult> report, CancellationToken cancellationToken)
    {
        for (int epoch = _history.Count; epoch < _options.Epochs && !StoppedEarly; epoch++)
        {
            var result = new EpochResult(epoch + 1, RunEpoch(epoch, cancellationToken), Validate());
            if (!double.IsFinite(result.ValidationLoss))
                throw Diverged(epoch, result.ValidationLoss);
            _history.Add(result);
            if (_options.Patience > 0 && BestEpoch == result.Epoch)
                _best = NetworkBytes();
            Save();
            report(result);
        }

        if (_best is not null)
            Network.load(new MemoryStream(_best));

        // What follows reads the weights.
        Network.to(CPU);
    }

    public void Dispose()
    {
        _optimizer.Dispose();
        Network.Dispose();
        _objective.Dispose();
    }

    private double Validate()
    {
        Network.eval();
        using IDisposable frozen = no_grad();
        using DisposeScope scope = NewDisposeScope();
        return _objective.Validate(Network);
    }

    private double RunEpoch(int epoch, CancellationToken cancellationToken)
    {
        int seed = unchecked(_options.Seed * 1_000_003 + epoch);
        long[] order = [.. Enumerable.Range(0, _objective.Count).Select(i => (long)i)];
        new Random(seed).Shuffle(order);
        manual_seed(seed);
        Network.train();
        double sum = 0;
        for (int first = 0; first < order.Length; first += _options.BatchSize)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int size = Math.Min(_options.BatchSize, order.Length - first);
            _optimizer.SetRate(_options.LearningRateAt((epoch + (double)first / order.Length) / _options.Epochs));
            double loss = Step(order.AsSpan(first, size).ToArray());
            if (!double.IsFinite(loss))
                throw Diverged(epoch, loss);
            sum += loss * size;
        }

        return sum / order.Length;
    }

    private double Step(long[] batch)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor loss = _objective.Loss(Network, from_array(batch));
        _optimizer.zero_grad();
        loss.backward();
        _optimizer.step();
        return loss.item<float>();
    }

    private byte[] NetworkBytes()
    {
        using var bytes = new MemoryStream();
        Network.save(bytes);
        return bytes.ToArray();
    }

    private void Save()
    {
        var parts = new Dictionary<string, Action<Stream>>
        {
            ["network"] = stream => Network.save(stream),
            ["optimizer"] = stream => _optimizer.save_state_dict(new BinaryWriter(stream)),
        };
        if (_best is not null)
            parts["best"] = stream => stream.Write(_best);
        _checkpoint.Save(new Progress(_description, [.. _history]), parts);
    }

    private TrainingStoppedException Diverged(int epoch, double loss) =>
        new(
            $"The loss became {loss} in epoch {epoch + 1}, so training stopped. "
                + (epoch > 0 ? $"The checkpoint of epoch {epoch} is kept at {_checkpoint.Path}. " : "No epoch was completed. ")
                + $"Try a smaller --learning-rate than {_options.LearningRate}, and check the images for damage."
        );

    /// <summary>The parameters that must be equal for a run to be resumed.</summary>
    private sealed record RunDescription(TrainingOptions Options, string Examples)
    {
        /// <summary>The same run with another number of epochs.</summary>
        public RunDescription For(int epochs) => this with { Options = Options with { Epochs = epochs } };

        /// <summary>Lists the differences from another description.</summary>
        public string Unlike(RunDescription other)
        {
            IEnumerable<(string Name, object? Ours, object? Theirs)> all =
            [
                .. typeof(TrainingOptions)
                    .GetProperties()
                    .Select(option => (option.Name, option.GetValue(Options), option.GetValue(other.Options))),
                (nameof(Examples), Examples, other.Examples),
            ];
            return string.Join(
                "; ",
                all.Where(part => !Equals(part.Ours, part.Theirs))
                    .Select(part => FormattableString.Invariant($"{part.Name}: {part.Ours}, not {part.Theirs}"))
            );
        }
    }

    private sealed record Progress(RunDescription Run, EpochResult[] History);
}
