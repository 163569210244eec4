namespace Codec.Datasets;

/// <summary>The split that scikit-learn's <c>train_test_split(test_size=…, random_state=…)</c> makes, index for index.</summary>
/// <param name="Train">Indices for training, in the order of the permutation.</param>
/// <param name="Test">Indices held out, in the order of the permutation.</param>
public sealed record TrainTestSplit(int[] Train, int[] Test)
{
    /// <summary>Held out by default: scikit-learn's <c>test_size=0.1</c> of the article.</summary>
    public const double DefaultTestFraction = 0.1;

    /// <summary>The seed by default: <c>random_state=42</c> of the article.</summary>
    public const uint DefaultSeed = 42;

    /// <summary>Splits.</summary>
    /// <param name="count">Images in all, at least 2.</param>
    /// <param name="testFraction">Part held out, above 0 and below 1; rounded up to whole images.</param>
    /// <param name="seed">NumPy's seed.</param>
    /// <exception cref="ArgumentOutOfRangeException">count is below 2, or one of the two parts would be empty.</exception>
    public static TrainTestSplit Of(int count, double testFraction = DefaultTestFraction, uint seed = DefaultSeed)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 2);
        if (!(testFraction is > 0 and < 1) || Math.Ceiling(testFraction * count) >= count)
            throw new ArgumentOutOfRangeException(
                nameof(testFraction), testFraction, $"The part held out of {count} images must leave at least one on each side; 0.1 is usual.");

        // sklearn's ShuffleSplit: the permutation's first ceil(fraction · n) are test, all that follow are train.
        int testCount = (int)Math.Ceiling(testFraction * count);
        int[] order = Permutation(count, seed);
        return new TrainTestSplit(order[testCount..], order[..testCount]);
    }

    // NumPy's RandomState(seed).permutation(count): Fisher and Yates from the end.
    private static int[] Permutation(int count, uint seed)
    {
        int[] order = [.. Enumerable.Range(0, count)];
        var generator = new MersenneTwister(seed);
        for (int i = count - 1; i > 0; i--)
        {
            int j = (int)generator.Below((uint)i);
            (order[i], order[j]) = (order[j], order[i]);
        }

        return order;
    }
}
