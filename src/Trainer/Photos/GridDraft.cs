using Codec.Entropy;
using Codec.Trainer.Priors;

namespace Codec.Trainer.Photos;

/// <summary>One quality of a grid's prior while it is being fitted: a <see cref="QualityDraft"/>, and what a grid adds.</summary>
internal sealed partial class GridDraft
{
    // Extents met before any were counted, spread over all: none is impossible.
    private const double ExtentStart = 0.3;

    public GridDraft(Trellis trellis, double step, double lambda, float[] biases)
    {
        Block = new QualityDraft(trellis, step, lambda, biases);
        Neighbours = new float[Prior.Neighbours * biases.Length];
        Spread = new float[biases.Length * biases.Length];
        int groups = Prior.Groups(biases.Length);
        Extents = new double[(groups + 1) * (groups + 1)];
        Array.Fill(Extents, ExtentStart);
    }

    /// <summary>What a single block's quality has.</summary>
    public QualityDraft Block { get; }

    /// <summary>[4, C]: what the same latent's activation in each neighbour adds to a scale.</summary>
    public float[] Neighbours { get; set; }

    /// <summary>[C, C]: row j holds what latent j's activation in the left or upper block adds to every scale.</summary>
    public float[] Spread { get; set; }

    /// <summary>[contexts, extents]: how often each extent was met.</summary>
    public double[] Extents { get; private set; }

    /// <summary>Takes over what was counted.</summary>
    public void CountExtents(IReadOnlyList<long> counts) => Extents = [.. counts.Select(count => count + ExtentStart)];

    /// <summary>A prior of some qualities, rounded.</summary>
    /// <param name="latents">K.</param>
    /// <param name="rule">What all qualities share.</param>
    /// <param name="drafts">One or more, over one trellis.</param>
    public static Prior ToPrior(int latents, GridRule rule, params IReadOnlyList<GridDraft> drafts)
    {
        PriorTables blocks = QualityDraft.ToPrior(latents, [.. drafts.Select(draft => draft.Block)]).Tables;
        return new Prior(blocks with
        {
            Grid = rule,
            Qualities = [.. blocks.Qualities.Zip(drafts, (quality, draft) => quality with { Grid = draft.Round(quality.Weights.Length > 0) })],
        });
    }

    private GridTables Round(bool weighted) => new(
        [.. Neighbours.Select(QualityDraft.RoundWeight)],
        weighted ? [.. Spread.Select(QualityDraft.RoundWeight)] : [],
        RoundExtents());

    private ushort[] RoundExtents()
    {
        int count = Prior.Groups(Block.Coded) + 1, bits = Prior.ExtentBits(count - 1);
        var probabilities = new ushort[Prior.ExtentCount(Block.Coded)];
        Array.Fill(probabilities, (ushort)32768);
        for (int context = 0; context < count; context++)
        {
            for (int node = 1; node < 1 << bits; node++)
            {
                // A node at depth d stands for the extents whose first d bits are its own.
                int depth = 31 - int.LeadingZeroCount(node), half = bits - depth - 1;
                int first = (node << (bits - depth)) - (1 << bits);
                double zeros = Sum(context, first, 1 << half), ones = Sum(context, first + (1 << half), 1 << half);
                if (zeros + ones > 0)
                    probabilities[(context << bits) + node] = (ushort)Math.Clamp(Math.Round(65536 * ones / (zeros + ones)), 16, 65520);
            }
        }

        return probabilities;

        double Sum(int context, int first, int length)
        {
            double sum = 0;
            for (int extent = first; extent < Math.Min(first + length, count); extent++) sum += Extents[context * count + extent];
            return sum;
        }
    }
}
