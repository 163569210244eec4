namespace Codec.Datasets.Tests;

internal static class Reading
{
    /// <summary>Everything that a source has, unless the test run is cancelled.</summary>
    public static LabeledImage[] All(this IDataSource source, IProgress<ReadProgress>? progress = null) =>
        [.. source.Read(progress, TestContext.Current.CancellationToken)];

    /// <summary>The source, split.</summary>
    public static Dataset Split(this IDataSource source) => Dataset.Load(source, cancellationToken: TestContext.Current.CancellationToken);

    /// <summary>What a source says when it cannot be read.</summary>
    public static string Fails(this IDataSource source) => Assert.Throws<DatasetException>(() => source.All()).Message;
}
