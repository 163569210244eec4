namespace Codec.Datasets;

/// <summary>Splits images of a published set into training and test images, by a permutation of their number.</summary>
/// <param name="Train">Indices of training images, in the order of the permutation.</param>
/// <param name="Test">Indices of test images, in the order of the permutation.</param>
public sealed record TrainTestSplit(int[] Train, int[] Test)
{
    /// <summary>The default fraction held out: the article's <c>test_size=0.1</c>.</summary>
    public const double DefaultTestFraction = 0.1;

    /// <summary>The default seed: the article's <c>random_state=42</c>.</summary>
    public const uint DefaultSeed = 42;

    /// <summary>Makes the same split as scikit-learn's <c>train_test_split(test_size=…, random_state=…)</c>, index for index.</summary>
    /// <param name="count">Number of images, at least 2.</param>
    /// <param name="testFraction">Fraction held out, above 0 and below 1; rounded up to whole images.</param>
    /// <param name="seed">NumPy's seed.</param>
    /// <exception cref="ArgumentOutOfRangeException">
    /// <paramref name="count"/> is below 2, or one of the two parts would be empty.
    /// </exception>
    public static TrainTestSplit Of(int count, double testFraction = DefaultTestFraction, uint seed = DefaultSeed)
    {
        // scikit-learn's ShuffleSplit: the first ceil(fraction · n) of the permutation are test images, the rest training images.
        int testCount = TestCount(count, testFraction);
        int[] order = Permutation(count, seed);
        return new TrainTestSplit(order[testCount..], order[..testCount]);
    }

    /// <summary>
    /// Holds out whole labels, drawn one by one until the images held out are at least the requested fraction.
    /// </summary>
    /// <param name="labels">Each image's label, in the order of the set.</param>
    /// <param name="testFraction">Fraction of the images held out, above 0 and below 1; the last drawn label may exceed it.</param>
    /// <param name="seed">NumPy's seed.</param>
    /// <returns>
    /// The indices by label in the order of the draw, which depends only on the set of labels; within a label, in the order of the set.
    /// </returns>
    /// <exception cref="ArgumentOutOfRangeException">There are fewer than two images, or one of the two parts would be empty.</exception>
    public static TrainTestSplit ByLabel(IReadOnlyList<string> labels, double testFraction = DefaultTestFraction, uint seed = DefaultSeed)
    {
        ArgumentNullException.ThrowIfNull(labels);
        int testCount = TestCount(labels.Count, testFraction);
        ILookup<string, int> images = Enumerable.Range(0, labels.Count).ToLookup(i => labels[i], StringComparer.Ordinal);
        string[] names = [.. images.Select(group => group.Key).Order(StringComparer.Ordinal)];
        List<int> test = [],
            train = [];
        foreach (int name in Permutation(names.Length, seed))
            (test.Count < testCount ? test : train).AddRange(images[names[name]]);
        if (train.Count == 0)
        {
            throw new ArgumentOutOfRangeException(
                nameof(testFraction),
                testFraction,
                $"{names.Length} labels leave none for training; hold out fewer."
            );
        }

        return new TrainTestSplit([.. train], [.. test]);
    }

    private static int TestCount(int count, double testFraction)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 2);
        return testFraction is > 0 and < 1 && Math.Ceiling(testFraction * count) < count
            ? (int)Math.Ceiling(testFraction * count)
            : throw new ArgumentOutOfRangeException(
                nameof(testFraction),
                testFraction,
                $"The fraction held out of {count} images must leave at least one on each side; 0.1 is usual."
            );
    }

    // NumPy's RandomState(seed).permutation(count): Fisher–Yates from the end.
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
