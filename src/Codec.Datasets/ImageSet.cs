using System.Text;
using Codec.Images;
using Codec.Models;

namespace Codec.Datasets;

/// <summary>Images of one size, ready for training. Of a large set, most are on disk.</summary>
public sealed class ImageSet
{
    private readonly SampleStore _store;
    private readonly int[] _places;

    internal ImageSet(ImageShape shape, SampleStore store, IReadOnlyList<ImageNote> notes, int[] places)
    {
        (Width, Height, Channels) = shape;
        ImageLength = shape.Samples;
        (_store, _places) = (store, places);
        Ids = [.. places.Select(place => notes[place].Id)];
        Labels = [.. places.Select(place => notes[place].Label)];
        Contents = [.. places.Select(place => notes[place].Content)];
        Masks = All(note => note.Mask);
        Attributes = All(note => note.Attributes);
        Digest = DigestOf(Contents);

        IReadOnlyList<T>? All<T>(Func<ImageNote, T?> part)
            where T : class
        {
            T?[] parts = [.. places.Select(place => part(notes[place]))];
            return parts.Length > 0 && parts.All(static value => value is not null) ? [.. parts.OfType<T>()] : null;
        }
    }

    /// <summary>Number of images.</summary>
    public int Count => _places.Length;

    /// <summary>Pixels in a row of each image.</summary>
    public int Width { get; }

    /// <summary>Rows of each image.</summary>
    public int Height { get; }

    /// <summary>1 (grey) or 3 (red, green, blue).</summary>
    public int Channels { get; }

    /// <summary>Number of samples of one image: Height × Width × Channels.</summary>
    public int ImageLength { get; }

    /// <summary>Each image's name in the data set.</summary>
    public IReadOnlyList<string> Ids { get; }

    /// <summary>Each image's person, folder or digit.</summary>
    public IReadOnlyList<string> Labels { get; }

    /// <summary>The digest of each image's content: of its file, or of its samples where there is no file.</summary>
    public IReadOnlyList<Digest> Contents { get; }

    /// <summary>Each image's parts; null unless every image has them.</summary>
    public IReadOnlyList<PartMask>? Masks { get; }

    /// <summary>Each image's attributes; null unless the data set was read with them.</summary>
    public IReadOnlyList<IReadOnlyList<float>>? Attributes { get; }

    /// <summary>The digest of the set: equal for the same contents in any order.</summary>
    public Digest Digest { get; }

    /// <summary>Gets the samples of one image, [Height, Width, Channels].</summary>
    public ReadOnlySpan<byte> this[int index] => _store.Get(_places[index]);

    /// <summary>Copies one image.</summary>
    public Raster Image(int index) => new(Width, Height, Channels, this[index].ToArray());

    /// <summary>Copies the samples of consecutive images, [count, Height, Width, Channels].</summary>
    /// <exception cref="DatasetException">They are more than an array can hold.</exception>
    public byte[] Read(int first, int count)
    {
        byte[] samples = Allocate(count);
        for (int i = 0; i < count; i++)
            _store.Read(_places[first + i], samples.AsSpan(i * ImageLength, ImageLength));
        return samples;
    }

    /// <summary>Copies the samples of some images, [indices, Height, Width, Channels].</summary>
    /// <exception cref="DatasetException">They are more than an array can hold.</exception>
    public byte[] Read(ReadOnlySpan<long> indices)
    {
        byte[] samples = Allocate(indices.Length);
        for (int i = 0; i < indices.Length; i++)
            _store.Read(_places[indices[i]], samples.AsSpan(i * ImageLength, ImageLength));
        return samples;
    }

    /// <summary>Copies all samples, [Count, Height, Width, Channels]; for a set that an array can hold.</summary>
    public byte[] ReadAll() => Read(0, Count);

    private byte[] Allocate(int count) =>
        (long)count * ImageLength <= Array.MaxLength
            ? new byte[count * ImageLength]
            : throw new DatasetException(
                $"{count:N0} images of {Width}×{Height}×{Channels} have more samples than fit into one array; give smaller or fewer images."
            );

    /// <summary>The digest of contents in any order.</summary>
    public static Digest DigestOf(IEnumerable<Digest> contents) =>
        Digest.Of(Encoding.ASCII.GetBytes(string.Join('\n', contents.Select(content => content.Hex).Order(StringComparer.Ordinal))));
}

/// <summary>The shape of images.</summary>
internal sealed record ImageShape(int Width, int Height, int Channels)
{
    public int Samples => checked(Width * Height * Channels);

    public override string ToString() => $"{Width}×{Height}×{Channels}";
}

/// <summary>What a set keeps of an image beside its samples.</summary>
internal sealed record ImageNote(string Id, string Label, Digest Content, PartMask? Mask, IReadOnlyList<float>? Attributes);
