using Codec.Models;

namespace Codec.Datasets;

/// <summary>Reads images of one size into a store.</summary>
internal sealed class DatasetLoading
{
    private readonly List<ImageNote> _notes = [];
    private ImageShape? _shape;
    private SampleStore? _store;

    /// <summary>What is kept of each image beside its samples.</summary>
    public IReadOnlyList<ImageNote> Notes => _notes;

    /// <summary>Reads a source; returns the number of its images.</summary>
    public int Add(IDataSource source, IProgress<ReadProgress>? progress, CancellationToken cancellationToken)
    {
        int before = _notes.Count;
        foreach (LabeledImage image in source.Read(progress, cancellationToken))
        {
            var shape = new ImageShape(image.Image.Width, image.Image.Height, image.Image.Channels);
            _shape ??= shape;
            if (shape != _shape)
            {
                throw new DatasetException(
                    $"{image.Id} has {shape}, {_notes[0].Id} has {_shape}: set a size to which the source resizes all images."
                );
            }

            (_store ??= new SampleStore(shape.Samples)).Add(image.Image.Samples);
            Digest content = image.Content ?? Digest.Of(image.Image.Samples);
            _notes.Add(new ImageNote(image.Id, image.Label, content, image.Mask, image.Attributes));
        }

        return _notes.Count - before;
    }

    /// <summary>Requires that no image is in two parts.</summary>
    public void RequireDistinct(IEnumerable<int[]> parts) =>
        DistinctParts.Require(parts.Select(part => part.Select(i => (_notes[i].Id, _notes[i].Content))));

    /// <summary>Makes the data set.</summary>
    public Dataset Finish(IDataSource source, SplitRule rule, int[] train, int[] validation, int[] test)
    {
        // A label does not keep equal images together: of two persons' equal images, that of training counts.
        HashSet<Digest> learned = [.. train.Select(i => _notes[i].Content)];
        ImageSet tested = Select(rule.By is SplitBy.Label ? NotLearned(test) : test);
        return new Dataset(
            source.Name,
            source.License,
            rule,
            Select(train),
            validation.Length > 0 ? Select(rule.By is SplitBy.Label ? NotLearned(validation) : validation) : tested,
            tested
        );

        int[] NotLearned(int[] indices) => [.. indices.Where(i => !learned.Contains(_notes[i].Content))];
        ImageSet Select(int[] indices) => new(_shape!, _store!, _notes, indices);
    }
}
