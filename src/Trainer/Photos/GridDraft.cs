using Codec.Entropy;
using Codec.Trainer.Priors;

namespace Codec.Trainer.Photos;

/// <summary>One quality of a grid's prior while it is being fitted: a <see cref="QualityDraft"/>, and what a grid adds.</summary>
internal sealed partial class GridDraft
{
    // Of extents, transforms and signs: met before any were counted, spread over all, so that none is impossible.
    private const double CountStart = 0.3;

    private readonly GridRule _rule;

    public GridDraft(GridRule rule, Trellis trellis, double step, double lambda, float[] biases)
    {
        _rule = rule;
        Block = new QualityDraft(trellis, step, lambda, biases);
        Neighbours = new float[Prior.Neighbours * biases.Length];
        Spread = new float[biases.Length * biases.Length];
        Divided = new float[biases.Length * biases.Length];
        int groups = Prior.Groups(biases.Length);
        Extents = new double[(groups + 1) * (groups + 1)];
        Array.Fill(Extents, CountStart);
        Offsets = new float[(rule.Transforms - 1) * biases.Length];
        Transforms = new double[rule.Transforms * rule.Transforms * rule.Transforms];
        Array.Fill(Transforms, CountStart);
        Signs = new double[2 * (rule.Reach - rule.Predicted) * Prior.Certainties];
        Array.Fill(Signs, CountStart);
    }

    /// <summary>What a single block's quality has.</summary>
    public QualityDraft Block { get; }

    /// <summary>[4, C]: what the same latent's activation in each neighbour adds to a scale.</summary>
    public float[] Neighbours { get; set; }

    /// <summary>[C, C]: row j holds what latent j's activation in the left or upper block adds to every scale.</summary>
    public float[] Spread { get; set; }

    /// <summary>[C, C]: the weights within blocks of any transform but the first.</summary>
    public float[] Divided { get; set; }

    /// <summary>[contexts, extents]: how often each extent was met.</summary>
    public double[] Extents { get; private set; }

    /// <summary>[M − 1, C]: what is added to the biases in a block of transform 1, 2, ….</summary>
    public float[] Offsets { get; set; }

    /// <summary>[contexts, M]: how often each transform was met.</summary>
    public double[] Transforms { get; private set; }

    /// <summary>[reach − predicted, certainties, 2]: how often a sign was not, and was, the foreseen one.</summary>
    public double[] Signs { get; private set; }

    /// <summary>Takes over what was counted.</summary>
    public void CountSigns(IReadOnlyList<long> counts) => Signs = [.. counts.Select(count => count + CountStart)];

    /// <summary>Takes over what was counted.</summary>
    public void CountTransforms(IReadOnlyList<long> counts) => Transforms = [.. counts.Select(count => count + CountStart)];

    /// <summary>Takes over what was counted.</summary>
    public void CountExtents(IReadOnlyList<long> counts) => Extents = [.. counts.Select(count => count + CountStart)];

    /// <summary>A prior of some qualities, rounded.</summary>
    /// <param name="latents">K.</param>
    /// <param name="rule">What all qualities share.</param>
    /// <param name="drafts">One or more, over one trellis.</param>
    public static Prior ToPrior(int latents, GridRule rule, params IReadOnlyList<GridDraft> drafts)
    {
        PriorTables blocks = QualityDraft.ToPrior(latents, [.. drafts.Select(draft => draft.Block)]).Tables;
        return new Prior(
            blocks with
            {
                Grid = rule,
                Qualities =
                [
                    .. blocks.Qualities.Zip(drafts, (quality, draft) => quality with { Grid = draft.Round(quality.Weights.Length > 0) }),
                ],
            }
        );
    }

    private GridTables Round(bool weighted) =>
        new(
            [.. Neighbours.Select(QualityDraft.RoundWeight)],
            weighted ? [.. Spread.Select(QualityDraft.RoundWeight)] : [],
            weighted ? QualityDraft.Triangle(Divided, Block.Coded) : [],
            RoundTrees(Extents, Prior.Groups(Block.Coded) + 1, Prior.ExtentBits(Prior.Groups(Block.Coded))),
            RoundTrees(Transforms, _rule.Transforms, Prior.TransformBits(_rule.Transforms)),
            [
                .. Offsets.Select(offset =>
                    (short)Math.Clamp(MathF.Round(offset * (1 << QualityDraft.Shift)), short.MinValue, short.MaxValue)
                ),
            ],
            [.. Signs.Chunk(2).Select(counted => (ushort)Math.Clamp(Math.Round(65536 * counted[1] / (counted[0] + counted[1])), 16, 65520))]
        );

    /// <summary>Binary trees over the numbers that were counted, one for each context.</summary>
    /// <param name="counts">[contexts, numbers].</param>
    /// <param name="numbers">How many there are.</param>
    /// <param name="bits">Binary digits of the largest.</param>
    private static ushort[] RoundTrees(double[] counts, int numbers, int bits)
    {
        int contexts = counts.Length / numbers;
        var probabilities = new ushort[contexts << bits];
        Array.Fill(probabilities, (ushort)32768);
        for (int context = 0; context < contexts; context++)
        {
            for (int node = 1; node < 1 << bits; node++)
            {
                // A node at depth d stands for the numbers whose first d bits are its own.
                int depth = 31 - int.LeadingZeroCount(node),
                    half = 1 << (bits - depth - 1);
                int first = (node << (bits - depth)) - (1 << bits);
                double zeros = Sum(context, first),
                    ones = Sum(context, first + half);
                if (zeros + ones > 0)
                    probabilities[(context << bits) + node] = (ushort)Math.Clamp(Math.Round(65536 * ones / (zeros + ones)), 16, 65520);

                double Sum(int row, int from) =>
                    counts.AsSpan(row * numbers, numbers)[Math.Min(from, numbers)..Math.Min(from + half, numbers)].ToArray().Sum();
            }
        }

        return probabilities;
    }
}
