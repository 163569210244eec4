using Codec.Images;

namespace Codec.Datasets;

/// <summary>Images of one size, consecutive in one array, ready for training.</summary>
public sealed class ImageSet
{
    internal ImageSet(int width, int height, int channels, IReadOnlyList<LabeledImage> images)
    {
        Width = width;
        Height = height;
        Channels = channels;
        Count = images.Count;
        ImageLength = width * height * channels;
        Samples = new byte[checked(Count * ImageLength)];
        for (int i = 0; i < Count; i++)
            images[i].Image.Samples.CopyTo(Samples, i * ImageLength);
        Ids = [.. images.Select(static image => image.Id)];
        Labels = [.. images.Select(static image => image.Label)];
        Masks =
            images.Count > 0 && images.All(static image => image.Mask is not null) ? [.. images.Select(static image => image.Mask!)] : null;
        Attributes =
            images.Count > 0 && images.All(static image => image.Attributes is not null)
                ? [.. images.Select(static image => image.Attributes!)]
                : null;
    }

    /// <summary>Number of images.</summary>
    public int Count { get; }

    /// <summary>Pixels in a row of each image.</summary>
    public int Width { get; }

    /// <summary>Rows of each image.</summary>
    public int Height { get; }

    /// <summary>1 (grey) or 3 (red, green, blue).</summary>
    public int Channels { get; }

    /// <summary>Number of samples of one image: Height × Width × Channels.</summary>
    public int ImageLength { get; }

    /// <summary>All samples, [Count, Height, Width, Channels], 8 bits; the set's own array, not a copy.</summary>
    public byte[] Samples { get; }

    /// <summary>Each image's name in the data set.</summary>
    public IReadOnlyList<string> Ids { get; }

    /// <summary>Each image's person, folder or digit.</summary>
    public IReadOnlyList<string> Labels { get; }

    /// <summary>Each image's parts; null unless every image has them.</summary>
    public IReadOnlyList<PartMask>? Masks { get; }

    /// <summary>Each image's attributes; null unless the data set was read with them.</summary>
    public IReadOnlyList<IReadOnlyList<float>>? Attributes { get; }

    /// <summary>Gets the samples of one image, [Height, Width, Channels].</summary>
    public ReadOnlySpan<byte> this[int index] => Samples.AsSpan(checked(index * ImageLength), ImageLength);

    /// <summary>Copies one image.</summary>
    public Raster Image(int index) => new(Width, Height, Channels, this[index].ToArray());
}
