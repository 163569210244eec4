using Codec.Entropy;

namespace Codec.Trainer.Priors;

/// <summary>What is added to the counts of extents, transforms and signs, so that none is impossible.</summary>
/// <param name="Extents">[contexts, extents].</param>
/// <param name="Transforms">[contexts, transforms].</param>
/// <param name="Signs">[reach − predicted, certainties, 2].</param>
internal sealed record GridStart(double[] Extents, double[] Transforms, double[] Signs)
{
    private const double EvenWeight = 0.3;

    // The blocks of each context that a published model's probabilities count for.
    private const double PublishedWeight = 40;

    /// <summary>Even probabilities.</summary>
    public static GridStart Even(GridRule rule, BlockShape shape)
    {
        var none = new GridCounts(rule, shape);
        return new GridStart(All(none.Extents), All(none.Transforms), All(none.Signs));

        static double[] All(long[] counts) => [.. counts.Select(_ => EvenWeight)];
    }

    /// <summary>The probabilities of a published model.</summary>
    public static GridStart Of(GridRule rule, BlockShape shape, GridTables tables) =>
        new(
            Leaves(tables.Extents, shape.Groups + 1),
            Leaves(tables.Transforms, rule.Transforms),
            [.. tables.Signs.SelectMany(one => new[] { PublishedWeight * (1 - one / 65536.0), PublishedWeight * one / 65536.0 })]
        );

    /// <summary>Adds a start to counts.</summary>
    public static double[] Add(long[] counts, double[] start) => [.. counts.Zip(start, (count, added) => count + added)];

    /// <summary>The numbers of the trees of a prior: [contexts, numbers].</summary>
    private static double[] Leaves(ushort[] trees, int numbers)
    {
        int bits = Prior.TreeBits(numbers - 1),
            contexts = trees.Length >> bits;
        var leaves = new double[contexts * numbers];
        for (int context = 0; context < contexts; context++)
        {
            for (int number = 0; number < numbers; number++)
            {
                double probability = 1;
                for (int depth = 0, node = 1; depth < bits; depth++)
                {
                    int digit = (number >> (bits - depth - 1)) & 1;
                    double one = trees[(context << bits) + node] / 65536.0;
                    probability *= digit == 1 ? one : 1 - one;
                    node = 2 * node + digit;
                }

                leaves[context * numbers + number] = PublishedWeight * probability;
            }
        }

        return leaves;
    }
}
