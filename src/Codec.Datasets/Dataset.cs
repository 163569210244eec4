using System.Text;
using Codec.Models;

namespace Codec.Datasets;

/// <summary>A data set, divided into images for training, validation and testing.</summary>
/// <param name="Name">The source's name.</param>
/// <param name="License">The source's terms of use.</param>
/// <param name="Rule">How it is divided.</param>
/// <param name="Train">Images for training.</param>
/// <param name="Validation">
/// Images that steer the training; the test images themselves if the rule leaves none, as for the article's faces.
/// </param>
/// <param name="Test">Images held out for testing.</param>
public sealed record Dataset(string Name, string License, SplitRule Rule, ImageSet Train, ImageSet Validation, ImageSet Test)
{
    /// <summary>The digest of the images and of their division: equal only if every image is on the same side.</summary>
    public Digest Digest => Digest.Of(Encoding.ASCII.GetBytes($"{Train.Digest.Hex} {Validation.Digest.Hex} {Test.Digest.Hex}"));

    /// <summary>
    /// Reads a whole source, and divides it as its authors did; a published set of no division by a permutation, any other by a hash.
    /// </summary>
    /// <param name="source">The source; all its images must have one size.</param>
    /// <param name="splitBy">Which images stay together.</param>
    /// <param name="progress">Receives the progress after each image.</param>
    /// <param name="cancellationToken">Stops the reading between two images.</param>
    /// <exception cref="DatasetException">The source cannot be read, has too few images, or images of several sizes.</exception>
    /// <exception cref="OperationCanceledException">The token was canceled.</exception>
    public static Dataset Load(
        IDataSource source,
        SplitBy splitBy = SplitBy.Image,
        IProgress<ReadProgress>? progress = null,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(source);
        SplitRule rule =
            source.HeldOut > 0 ? new SplitRule(SplitKind.Authors)
            : source.IsFixed ? new SplitRule(SplitKind.Permutation, splitBy)
            : SplitRule.Hashed(splitBy);
        return Load(source, rule, progress, cancellationToken);
    }

    /// <summary>Reads a whole source, and divides it by a rule.</summary>
    /// <inheritdoc cref="Load(IDataSource, SplitBy, IProgress{ReadProgress}?, CancellationToken)"/>
    /// <param name="source">The source; all its images must have one size.</param>
    /// <param name="rule">The rule; not that of folders.</param>
    /// <param name="progress">Receives the progress after each image.</param>
    /// <param name="cancellationToken">Stops the reading between two images.</param>
    public static Dataset Load(
        IDataSource source,
        SplitRule rule,
        IProgress<ReadProgress>? progress = null,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(rule);
        var loading = new DatasetLoading();
        int count = loading.Add(source, progress, cancellationToken);
        if (count < 2)
            throw new DatasetException($"{source.Name} has {count} images; at least 2 are needed, one for training and one for testing.");
        switch (rule.Kind)
        {
            case SplitKind.Authors:
                int learned = count - source.HeldOut;
                return loading.Finish(source, rule, [.. Enumerable.Range(0, learned)], [], [.. Enumerable.Range(learned, source.HeldOut)]);
            case SplitKind.Permutation:
                string[] labels = [.. loading.Notes.Select(note => note.Label)];
                TrainTestSplit split =
                    rule.By is SplitBy.Label
                        ? TrainTestSplit.ByLabel(labels, rule.Test, rule.Seed)
                        : TrainTestSplit.Of(count, rule.Test, rule.Seed);
                return loading.Finish(source, rule, split.Train, [], split.Test);
            case SplitKind.Hash:
                (SplitRule used, DataSide[] sides) = HashSplit.Divide(
                    rule,
                    [.. loading.Notes.Select(note => note.Content)],
                    [.. loading.Notes.Select(note => note.Label)]
                );
                return loading.Finish(source, used, At(DataSide.Train), At(DataSide.Validation), At(DataSide.Test));
                int[] At(DataSide side) => [.. Enumerable.Range(0, count).Where(i => sides[i] == side)];
            default:
                throw new ArgumentException($"A rule of {rule.Kind} needs a source for each part.", nameof(rule));
        }
    }

    /// <summary>Reads a source for each part.</summary>
    /// <param name="train">Images for training.</param>
    /// <param name="validation">Images that steer the training; null takes the test images.</param>
    /// <param name="test">Images held out for testing.</param>
    /// <param name="progress">Receives the progress after each image.</param>
    /// <param name="cancellationToken">Stops the reading between two images.</param>
    /// <exception cref="DatasetException">
    /// A source cannot be read, the images have several sizes, or an image is in two parts.
    /// </exception>
    public static Dataset Load(
        IDataSource train,
        IDataSource? validation,
        IDataSource test,
        IProgress<ReadProgress>? progress = null,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(train);
        ArgumentNullException.ThrowIfNull(test);
        var loading = new DatasetLoading();
        int[][] parts = [Add(train), validation is null ? [] : Add(validation), Add(test)];
        loading.RequireDistinct(parts);
        return loading.Finish(train, new SplitRule(SplitKind.Folders), parts[0], parts[1], parts[2]);

        int[] Add(IDataSource source)
        {
            int first = loading.Notes.Count;
            return [.. Enumerable.Range(first, loading.Add(source, progress, cancellationToken))];
        }
    }
}
