namespace Codec.Datasets;

/// <summary>What is held out together.</summary>
public enum SplitBy
{
    /// <summary>Every image by itself: scikit-learn's split, the article's.</summary>
    Image,

    /// <summary>
    /// All images of a label: no person on both sides, so that nothing of a face held out was seen in another photograph.
    /// </summary>
    Label,
}

/// <summary>Which images are learned from, and which are held out.</summary>
/// <param name="Train">Indices for training, in the order of the permutation.</param>
/// <param name="Test">Indices held out, in the order of the permutation.</param>
public sealed record TrainTestSplit(int[] Train, int[] Test)
{
    /// <summary>Held out by default: scikit-learn's <c>test_size=0.1</c> of the article.</summary>
    public const double DefaultTestFraction = 0.1;

    /// <summary>The seed by default: <c>random_state=42</c> of the article.</summary>
    public const uint DefaultSeed = 42;

    /// <summary>The split that scikit-learn's <c>train_test_split(test_size=…, random_state=…)</c> makes, index for index.</summary>
    /// <param name="count">Images in all, at least 2.</param>
    /// <param name="testFraction">Part held out, above 0 and below 1; rounded up to whole images.</param>
    /// <param name="seed">NumPy's seed.</param>
    /// <exception cref="ArgumentOutOfRangeException">count is below 2, or one of the two parts would be empty.</exception>
    public static TrainTestSplit Of(int count, double testFraction = DefaultTestFraction, uint seed = DefaultSeed)
    {
        // sklearn's ShuffleSplit: the permutation's first ceil(fraction · n) are test, all that follow are train.
        int testCount = TestCount(count, testFraction);
        int[] order = Permutation(count, seed);
        return new TrainTestSplit(order[testCount..], order[..testCount]);
    }

    /// <summary>
    /// Holds out whole labels: they are drawn one after the other until the images held out are at least the part asked for.
    /// </summary>
    /// <param name="labels">Each image's label, in the order of the set.</param>
    /// <param name="testFraction">Part of the images held out, above 0 and below 1; a label drawn last may make it more.</param>
    /// <param name="seed">NumPy's seed.</param>
    /// <returns>
    /// Labels in the order drawn, which depends on which labels there are and not on how the images are ordered; the images of one in the
    /// order of the set.
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
                $"{names.Length} labels leave none to learn from; hold out fewer."
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
                $"The part held out of {count} images must leave at least one on each side; 0.1 is usual."
            );
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
