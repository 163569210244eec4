namespace Codec.Datasets.Tests;

internal static class Reading
{
    /// <summary>Reads the whole source, unless the test run is canceled.</summary>
    public static LabeledImage[] All(this IDataSource source, IProgress<ReadProgress>? progress = null) =>
        [.. source.Read(progress, TestContext.Current.CancellationToken)];

    /// <summary>Reads the source and splits it.</summary>
    public static Dataset Split(this IDataSource source) => Dataset.Load(source, cancellationToken: TestContext.Current.CancellationToken);

    /// <summary>Returns the message of a source that cannot be read.</summary>
    public static string Fails(this IDataSource source) => Assert.Throws<DatasetException>(() => source.All()).Message;
}
