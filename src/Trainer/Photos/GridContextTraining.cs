using Codec.Entropy;
using Codec.Trainer.Priors;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Codec.Trainer.Photos;

/// <summary>
/// Trains the weights by which symbols move the scales behind them, within a block and from its neighbours, to the fewest bits: gradient
/// descent (Adam) on the code length, as <see cref="ContextTraining"/> does for single blocks.
/// </summary>
internal sealed class GridContextTraining
{
    private const int BatchSize = 1024;

    // Biases are in whole scales, weights in parts of one.
    private const double BiasFactor = 6;

    private readonly GridDraft _draft;
    private readonly GridPass _pass;
    private readonly CodeLength _length;
    private readonly long[] _neighbours;

    public GridContextTraining(GridDraft draft, GridPass pass)
    {
        _draft = draft;
        _pass = pass;
        _length = new CodeLength(draft.Block);
        _neighbours = FindNeighbours(pass);
    }

    /// <summary>Trains.</summary>
    /// <param name="epochs">Passes over the blocks.</param>
    /// <param name="rate">Adam's, of the weights; it falls to zero. From 0.01 on it may diverge.</param>
    /// <param name="frozen">Whether the weights between latents stay as they are.</param>
    /// <param name="seed">Of the batches' order.</param>
    /// <param name="progress">Called with the fraction done.</param>
    /// <param name="cancellationToken">Stops between two steps; the draft is then as it was.</param>
    public void Run(int epochs, double rate, bool frozen, int seed, Action<double> progress, CancellationToken cancellationToken)
    {
        using DisposeScope scope = NewDisposeScope();
        int coded = _pass.Coded,
            blocks = _pass.Counts.Length;
        var inputs = new byte[(blocks + 1L) * coded];
        for (long i = 0; i < _pass.Magnitudes.LongLength; i++)
            inputs[i] = QualityDraft.Activation(_pass.Magnitudes[i]);
        Tensor activations = from_array(inputs).reshape(blocks + 1, coded); // [N + 1, C] bytes, the last all zero
        Tensor mean = activations.mean([0L], type: float32); // [C]
        Tensor neighbours = from_array(_neighbours).reshape(blocks, Prior.Neighbours); // [N, 4]

        // With centred activations a weight's step does not move its scale as a whole; the bias makes up for the centre.
        var weights = new Parameter(from_array(_draft.Block.Weights).reshape(coded, coded), requires_grad: !frozen);
        var divided = new Parameter(from_array(_draft.Divided).reshape(coded, coded), requires_grad: !frozen);
        var spread = new Parameter(from_array(_draft.Spread).reshape(coded, coded), requires_grad: !frozen);
        var beside = new Parameter(from_array(_draft.Neighbours).reshape(Prior.Neighbours, coded));
        var bias = new Parameter(from_array(_draft.Block.Biases).add_(Centre(mean, weights, spread, beside)));
        Tensor transforms = from_array(_pass.Transforms).to(int64); // [N]
        Tensor none = zeros(1, coded);
        // [M − 1, C]
        var offsets = new Parameter(from_array(_draft.Offsets).reshape(-1, coded).add_(CentreDivided(mean, weights, divided)));
        Adam weightSteps = optim.Adam(frozen ? [beside] : [weights, divided, spread, beside], rate, beta2: 0.99, eps: 1e-6);
        Adam biasSteps = optim.Adam([bias, offsets], rate * BiasFactor, beta2: 0.99, eps: 1e-6);

        var random = new Random(seed);
        long[] order = [.. Enumerable.Range(0, blocks).Select(n => (long)n)];
        int steps = epochs * ((blocks + BatchSize - 1) / BatchSize),
            step = 0;
        for (int epoch = 0; epoch < epochs; epoch++)
        {
            random.Shuffle(order);
            foreach (long[] batch in order.Chunk(BatchSize))
            {
                cancellationToken.ThrowIfCancellationRequested();
                double fade = (1 + Math.Cos(Math.PI * step / steps)) / 2;
                SetRate(weightSteps, rate * fade);
                SetRate(biasSteps, rate * BiasFactor * fade);
                using DisposeScope inner = NewDisposeScope();
                Tensor indices = from_array(batch);
                Tensor own = Take(activations, indices, mean); // [B, C]
                Tensor around = Take(activations, neighbours.index_select(0, indices).reshape(-1), mean)
                    .reshape(batch.Length, Prior.Neighbours, coded); // [B, 4, C]
                Tensor transform = transforms.index_select(0, indices);
                Tensor isDivided = transform.ne(0).to(float32).unsqueeze(1); // [B, 1]
                Tensor scales = cat([own.mul(1 - isDivided), own.mul(isDivided)], 1)
                    .matmul(cat([weights, divided]).reshape(2, coded, coded).triu(1).reshape(-1, coded))
                    .add_(around.narrow(1, 0, 2).sum(1).matmul(spread))
                    .add_(around.mul(beside).sum(1))
                    .add_(bias)
                    .add_(cat([none, offsets]).index_select(0, transform)); // [B, C]
                Tensor slopes = Slopes(batch, scales);
                weightSteps.zero_grad();
                biasSteps.zero_grad();
                // The slopes are the code length's derivatives by the scales; this product hands them on to weights and bias.
                scales.mul(slopes).sum().backward();
                weightSteps.step();
                biasSteps.step();
                progress((double)++step / steps);
            }
        }

        using IDisposable constant = no_grad();
        // The prior will hold rounded weights: with the centre of those, rounding moves no scale as a whole.
        Tensor rounded = Round(weights.triu(1)),
            roundedSpread = Round(spread),
            roundedBeside = Round(beside);
        _draft.Block.Weights = [.. rounded.data<float>()];
        _draft.Spread = [.. roundedSpread.data<float>()];
        _draft.Neighbours = [.. roundedBeside.data<float>()];
        Tensor roundedDivided = Round(divided.triu(1));
        _draft.Divided = [.. roundedDivided.data<float>()];
        _draft.Offsets = [.. offsets.sub(CentreDivided(mean, rounded, roundedDivided)).data<float>()];
        _draft.Block.Biases = [.. bias.sub(Centre(mean, rounded, roundedSpread, roundedBeside)).data<float>()];
    }

    private static Tensor Round(Tensor weights) =>
        weights.mul(1 << QualityDraft.Shift).round().clamp(sbyte.MinValue, sbyte.MaxValue).div(1 << QualityDraft.Shift).contiguous();

    private static Tensor Take(Tensor activations, Tensor indices, Tensor mean) =>
        activations.index_select(0, indices).to(float32).sub_(mean);

    private static Tensor Centre(Tensor mean, Tensor weights, Tensor spread, Tensor beside)
    {
        using IDisposable constant = no_grad();
        return mean.matmul(weights.triu(1)).add_(mean.matmul(spread).mul_(2)).add_(mean.mul(beside.sum(0)));
    }

    /// <summary>How the centre of divided blocks' scales differs from the others'.</summary>
    private static Tensor CentreDivided(Tensor mean, Tensor weights, Tensor divided)
    {
        using IDisposable constant = no_grad();
        return mean.matmul(divided.triu(1).sub(weights.triu(1)));
    }

    private static void SetRate(Adam optimizer, double rate)
    {
        foreach (optim.ILearningRateController group in optimizer.ParamGroups)
            group.LearningRate = rate;
    }

    /// <summary>How the bits of a batch's blocks, on average, change with each scale; nothing where a latent is not coded.</summary>
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
        return from_array(values).reshape(blocks.Length, coded);
    }

    /// <summary>
    /// [blocks, 4]: each block's left, upper, upper left and upper right neighbour, as <see cref="GridContext.Begin"/> has them; one past
    /// the last where there is none.
    /// </summary>
    private static long[] FindNeighbours(GridPass pass)
    {
        var neighbours = new long[pass.Counts.Length * Prior.Neighbours];
        for (int photo = 0; photo < pass.Photos.Count; photo++)
        {
            int columns = pass.Photos[photo].Columns;
            for (int block = 0; block < pass.Photos[photo].Blocks; block++)
            {
                (int row, int column) = Math.DivRem(block, columns);
                long here = pass.Starts[photo] + block;
                long up =
                    row > 0 ? here - columns
                    : column > 0 ? here - 1
                    : pass.Counts.Length;
                Span<long> four = neighbours.AsSpan((int)here * Prior.Neighbours, Prior.Neighbours);
                four[0] = column > 0 ? here - 1 : up;
                four[1] = up;
                four[2] = row > 0 && column > 0 ? here - columns - 1 : up;
                four[3] = row > 0 && column + 1 < columns ? here - columns + 1 : up;
            }
        }

        return neighbours;
    }
}
