using Codec.Entropy;

namespace Codec.Trainer.Priors;

/// <summary>The further parts of a grid model's draft: neighbours, extents, transforms and signs.</summary>
internal sealed class GridDraft
{
    private readonly GridStart _start;

    /// <summary>Creates a draft without weights, with even probabilities.</summary>
    /// <param name="rule">The rule that all qualities share.</param>
    /// <param name="coded">C: the number of coded latents.</param>
    /// <param name="start">What the counts begin at; null for even probabilities.</param>
    public GridDraft(GridRule rule, int coded, GridStart? start = null)
    {
        Rule = rule;
        Shape = new BlockShape(rule.Predicted, coded);
        Neighbours = new float[Prior.Neighbours * coded];
        Spread = new float[coded * coded];
        Divided = new float[coded * coded];
        Offsets = new float[(rule.Transforms - 1) * coded];
        LevelOffsets = new float[(rule.Steps?.Levels ?? 0) * coded];
        _start = start ?? GridStart.Even(rule, Shape);
        Count(new GridCounts(rule, Shape));
    }

    /// <summary>Reads the further tables of a quality of a published model.</summary>
    public static GridDraft Of(GridRule rule, int coded, GridTables tables) =>
        new(rule, coded, GridStart.Of(rule, new BlockShape(rule.Predicted, coded), tables))
        {
            Neighbours = QualityDraft.Weigh(tables.Neighbours),
            Spread = tables.Spread.Length > 0 ? QualityDraft.Weigh(tables.Spread) : new float[coded * coded],
            Divided = QualityDraft.Square(tables.Divided, coded),
            Offsets = Unrounded(tables.Offsets),
            LevelOffsets = Unrounded(tables.Steps?.Offsets ?? []),
        };

    /// <summary>The rule that all qualities share.</summary>
    public GridRule Rule { get; }

    /// <summary>Which latents of a block are coded.</summary>
    public BlockShape Shape { get; }

    /// <summary>[4, C]: the weights of the same latent's activation in each neighbour.</summary>
    public float[] Neighbours { get; set; }

    /// <summary>
    /// [C, C]: row j holds the weights of latent j's activation, in the left block and in the block above, on every scale.
    /// </summary>
    public float[] Spread { get; set; }

    /// <summary>[C, C]: the weights within blocks of any transform but the first.</summary>
    public float[] Divided { get; set; }

    /// <summary>[M − 1, C]: added to the biases in a block of transform 1, 2, ….</summary>
    public float[] Offsets { get; set; }

    /// <summary>[levels, C]: added to the biases in a block of each level.</summary>
    public float[] LevelOffsets { get; set; }

    /// <summary>[contexts, extents]: how often each extent occurred.</summary>
    public double[] Extents { get; set; } = [];

    /// <summary>[contexts, M]: how often each transform occurred.</summary>
    public double[] Transforms { get; set; } = [];

    /// <summary>[reach − predicted, certainties, 2]: how often a sign was not, and was, the predicted one.</summary>
    public double[] Signs { get; set; } = [];

    /// <summary>Replaces the counts of extents, transforms and signs.</summary>
    public void Count(GridCounts counts)
    {
        Extents = GridStart.Add(counts.Extents, _start.Extents);
        Transforms = GridStart.Add(counts.Transforms, _start.Transforms);
        Signs = GridStart.Add(counts.Signs, _start.Signs);
    }

    /// <summary>Returns a draft with the same weights and the initial counts.</summary>
    public GridDraft WithoutCounts() =>
        new(Rule, Shape.Coded, _start)
        {
            Neighbours = Neighbours,
            Spread = Spread,
            Divided = Divided,
            Offsets = Offsets,
            LevelOffsets = LevelOffsets,
        };

    /// <summary>Rounds the draft to the tables of a prior.</summary>
    /// <param name="weighted">Whether the quality has weights within a block.</param>
    /// <param name="step">The quality's step.</param>
    public GridTables Round(bool weighted, double step) =>
        new(
            [.. Neighbours.Select(QualityDraft.RoundWeight)],
            weighted ? [.. Spread.Select(QualityDraft.RoundWeight)] : [],
            weighted ? QualityDraft.Triangle(Divided, Shape.Coded) : [],
            RoundTrees(Extents, Shape.Groups + 1),
            RoundTrees(Transforms, Rule.Transforms),
            RoundOffsets(Offsets),
            [.. Signs.Chunk(2).Select(counted => Probability(counted[0], counted[1]))],
            Rule.Steps is { } steps ? StepDesign.Tables(steps, step, RoundOffsets(LevelOffsets)) : null
        );

    private static float[] Unrounded(short[] offsets) => [.. offsets.Select(offset => (float)offset / (1 << QualityDraft.Shift))];

    private static short[] RoundOffsets(float[] offsets) =>
        [.. offsets.Select(offset => (short)Math.Clamp(MathF.Round(offset * (1 << QualityDraft.Shift)), short.MinValue, short.MaxValue))];

    /// <summary>Computes the probability of a one in 65536ths, far enough from 0 and 65,536 to keep rare events affordable.</summary>
    private static ushort Probability(double zeros, double ones) =>
        (ushort)Math.Clamp(Math.Round(65536 * ones / (zeros + ones)), 16, 65520);

    /// <summary>Makes a binary tree over numbers for each context.</summary>
    /// <param name="counts">[contexts, numbers]: how often each number occurred.</param>
    /// <param name="numbers">How many numbers there are.</param>
    private static ushort[] RoundTrees(double[] counts, int numbers)
    {
        int contexts = counts.Length / numbers,
            bits = Prior.TreeBits(numbers - 1);
        var probabilities = new ushort[contexts << bits];
        Array.Fill(probabilities, (ushort)32768);
        for (int context = 0; context < contexts; context++)
        {
            for (int node = 1; node < 1 << bits; node++)
            {
                // A node at depth d covers the numbers whose first d bits are those of the node; half of them have a zero next.
                int depth = 31 - int.LeadingZeroCount(node),
                    half = 1 << (bits - depth - 1);
                int first = (node << (bits - depth)) - (1 << bits);
                double zeros = Sum(context, first),
                    ones = Sum(context, first + half);
                if (zeros + ones > 0)
                    probabilities[(context << bits) + node] = Probability(zeros, ones);

                double Sum(int row, int from) =>
                    counts.AsSpan(row * numbers, numbers)[Math.Min(from, numbers)..Math.Min(from + half, numbers)].ToArray().Sum();
            }
        }

        return probabilities;
    }
}
