using Codec.Trainer.Tensors;
using Codec.Trainer.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Codec.Trainer.Priors;

/// <summary>
/// Trains the weights by which a quality's symbols change the scales of other latents, within a block and from neighbouring blocks, so that
/// the bits are fewest: gradient descent (Adam) on <see cref="CodeLength"/>. A fixed-size model has no neighbours and one transform.
/// </summary>
internal sealed class ContextTraining
{
    private readonly QualityDraft _draft;
    private readonly SymbolPass _pass;
    private readonly CodeLength _length;

    /// <summary>Prepares the training.</summary>
    /// <param name="draft">The quality; the training begins at its weights and biases, and replaces them.</param>
    /// <param name="pass">Symbols to train on.</param>
    public ContextTraining(QualityDraft draft, SymbolPass pass)
    {
        _draft = draft;
        _pass = pass;
        _length = new CodeLength(draft);
    }

    /// <summary>Trains the weights and biases of the draft.</summary>
    /// <param name="schedule">How long, and how fast.</param>
    /// <param name="frozen">Whether the weights between different latents stay as they are.</param>
    /// <param name="seed">Seed of the order of batches.</param>
    /// <param name="progress">Called with the fraction done.</param>
    /// <param name="cancellationToken">Stops between two steps; the draft is then unchanged.</param>
    public void Run(ContextSchedule schedule, bool frozen, int seed, Action<double> progress, CancellationToken cancellationToken)
    {
        using DisposeScope scope = NewDisposeScope();
        int coded = _pass.Coded,
            blocks = _pass.Blocks;
        // A grid has one more block, of zeros: the stand-in for missing neighbours.
        int rows = _draft.Grid is null ? blocks : blocks + 1;
        var inputs = new byte[(long)rows * coded];
        for (long i = 0; i < _pass.Magnitudes.LongLength; i++)
            inputs[i] = QualityDraft.Activation(_pass.Magnitudes[i]);
        Tensor activations = from_array(inputs).reshape(rows, coded); // bytes
        Tensor mean = activations.mean([0L], type: float32); // [C]

        // Activations are centred, so that a step of a weight does not shift the mean of a scale; during the training, biases include the
        // centre.
        var weights = new Parameter(_draft.Weights.ToTensor(coded, coded), requires_grad: !frozen);
        using NeighbourhoodWeights? grid = _draft.Grid is { } part ? new NeighbourhoodWeights(part, _pass, mean, weights, frozen) : null;
        var bias = new Parameter(_draft.Biases.ToTensor(coded).add_(Centre(mean, weights, grid)));
        Parameter[] own = frozen ? [] : [weights];
        Adam weightSteps = optim.Adam([.. own, .. grid?.Weights ?? []], schedule.WeightRate, beta2: 0.99, eps: 1e-6);
        Adam biasSteps = optim.Adam([bias, .. grid?.Biases ?? []], schedule.BiasRate, beta2: 0.99, eps: 1e-6);

        var random = new Random(seed);
        long[] order = [.. Enumerable.Range(0, blocks).Select(n => (long)n)];
        int steps = schedule.Epochs * ((blocks + schedule.BatchSize - 1) / schedule.BatchSize),
            step = 0;
        for (int epoch = 0; epoch < schedule.Epochs; epoch++)
        {
            random.Shuffle(order);
            foreach (long[] batch in order.Chunk(schedule.BatchSize))
            {
                cancellationToken.ThrowIfCancellationRequested();
                double fade = LearningRates.Cosine((double)step / steps);
                weightSteps.SetRate(schedule.WeightRate * fade);
                biasSteps.SetRate(schedule.BiasRate * fade);
                using DisposeScope inner = NewDisposeScope();
                Tensor indices = from_array(batch);
                Tensor centred = activations.index_select(0, indices).to(float32).sub_(mean); // [B, C]
                Tensor scales = grid is null
                    ? centred.matmul(weights.triu(1)).add(bias)
                    : grid.Scales(activations, mean, centred, weights, bias, indices); // [B, C]
                Tensor slopes = Slopes(batch, scales);
                weightSteps.zero_grad();
                biasSteps.zero_grad();
                // The gradient of this sum is that of the code length: slopes are the derivatives of the code length with respect to the
                // scales.
                sum(scales.mul(slopes)).backward();
                weightSteps.step();
                biasSteps.step();
                progress((double)++step / steps);
            }
        }

        using IDisposable constant = no_grad();
        Tensor trained = schedule.RoundsWeights ? RoundWeights(weights.triu(1)) : weights.triu(1).contiguous();
        _draft.Weights = [.. trained.data<float>()];
        grid?.Finish(_draft.Grid!, mean, trained);
        _draft.Biases = [.. bias.sub(Centre(mean, trained, grid)).data<float>()];
    }

    /// <summary>Rounds weights as a prior does.</summary>
    public static Tensor RoundWeights(Tensor weights) =>
        weights.mul(1 << QualityDraft.Shift).round().clamp(sbyte.MinValue, sbyte.MaxValue).div(1 << QualityDraft.Shift).contiguous();

    /// <summary>Computes what the mean activations add to the scales: [C].</summary>
    private static Tensor Centre(Tensor mean, Tensor weights, NeighbourhoodWeights? grid)
    {
        using IDisposable constant = no_grad();
        Tensor centre = mean.matmul(weights.triu(1));
        grid?.AddCentre(mean, centre);
        return centre;
    }

    /// <summary>
    /// Computes [B, C]: the derivatives of a batch's bits, averaged over its blocks, with respect to each scale; 0 if the latent is not
    /// coded.
    /// </summary>
    private Tensor Slopes(long[] blocks, Tensor scales)
    {
        float[] values = [.. scales.detach().data<float>()];
        int coded = _pass.Coded;
        Parallel.For(
            0,
            blocks.Length,
            n =>
            {
                long source = blocks[n] * coded;
                Span<float> row = values.AsSpan(n * coded, coded);
                int count = _pass.Counts[blocks[n]];
                for (int i = 0; i < count; i++)
                    row[i] = _length.Slope(_pass.States[source + i], _pass.Magnitudes[source + i], row[i]) / blocks.Length;
                row[count..].Clear();
            }
        );
        return values.ToTensor(blocks.Length, coded);
    }
}

/// <summary>The schedule of a training of contexts.</summary>
/// <param name="BatchSize">Number of blocks in a step.</param>
/// <param name="Epochs">Passes over the blocks.</param>
/// <param name="WeightRate">Adam's first rate for weights; it falls to zero.</param>
/// <param name="BiasRate">Adam's first rate for biases, which have the unit of a scale, while weights are fractions of it.</param>
/// <param name="RoundsWeights">
/// Whether weights are rounded before the centre of their activations is subtracted from the biases, so that rounding does not shift the
/// mean of a scale.
/// </param>
internal sealed record ContextSchedule(int BatchSize, int Epochs, double WeightRate, double BiasRate, bool RoundsWeights)
{
    /// <summary>For a fixed-size model.</summary>
    public static ContextSchedule Fixed { get; } = new(512, 6, WeightRate: 0.015, BiasRate: 0.1, RoundsWeights: false);

    /// <summary>For a grid model.</summary>
    /// <param name="epochs">Passes over the blocks.</param>
    /// <param name="rate">Adam's first rate for weights; from 0.01 on the training can diverge.</param>
    public static ContextSchedule Grid(int epochs, double rate) => new(1024, epochs, rate, BiasRate: 6 * rate, RoundsWeights: true);
}
