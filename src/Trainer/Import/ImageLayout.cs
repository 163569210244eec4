using Codec.Errors;
using Codec.Images;
using Codec.Models;
using Codec.Onnx;

namespace Codec.Trainer.Import;

/// <summary>The order of an image's samples in an exported network.</summary>
internal enum ImageLayout
{
    /// <summary>[C, H, W], as PyTorch has them.</summary>
    ChannelsFirst,

    /// <summary>[H, W, C], as Keras has them.</summary>
    ChannelsLast,
}

/// <summary>An exported network's images: their size, and how they are laid out.</summary>
/// <param name="Width">In pixels.</param>
/// <param name="Height">In pixels.</param>
/// <param name="Channels">1 or 3.</param>
/// <param name="Layout">The order of samples.</param>
/// <param name="IsFlat">Whether the network takes a list of samples.</param>
internal sealed record ImageShape(int Width, int Height, int Channels, ImageLayout Layout, bool IsFlat)
{
    /// <summary>The sizes of a value of the network without the batch.</summary>
    public int[] Sizes =>
        IsFlat ? [Width * Height * Channels]
        : Layout == ImageLayout.ChannelsFirst ? [Channels, Height, Width]
        : [Height, Width, Channels];

    /// <summary>Reads the images of an encoder from its input.</summary>
    /// <param name="file">The encoder.</param>
    /// <param name="layout">The layout; null to find it by the number of channels, 1 or 3.</param>
    /// <param name="size">The images' size, needed where the encoder leaves it free; null otherwise.</param>
    /// <exception cref="InvalidModelException">The input is no image, or does not fit the size.</exception>
    public static ImageShape Of(ExportedFile file, ImageLayout? layout, ImageSize? size)
    {
        IReadOnlyList<long?> sides = file.InputShape;
        string shown = $"[N, {string.Join(", ", sides.Select(side => side is { } known ? $"{known}" : "free"))}]";
        if (sides.Count == 1)
            return Flat(file, sides[0], layout ?? ImageLayout.ChannelsLast, size, shown);
        if (sides.Count != 3)
            throw Refuse($"the input '{file.Input}' has shape {shown}; an image [N, C, H, W], [N, H, W, C] or [N, samples] is needed.");

        bool first = sides[0] is 1 or 3,
            last = sides[2] is 1 or 3;
        if (layout is null && first == last)
        {
            throw Refuse(
                $"the channels of the input '{file.Input}' {shown} cannot be found; give --layout ChannelsFirst (PyTorch) or ChannelsLast (Keras)."
            );
        }

        ImageLayout found = layout ?? (first ? ImageLayout.ChannelsFirst : ImageLayout.ChannelsLast);
        (long? channels, long? height, long? width) =
            found == ImageLayout.ChannelsFirst ? (sides[0], sides[1], sides[2]) : (sides[2], sides[0], sides[1]);
        if (channels is not (1 or 3))
            throw Refuse($"the input '{file.Input}' {shown} has {channels?.ToString() ?? "free"} channels; 1 or 3 are allowed.");
        return new ImageShape(Side(width, size?.Width, "width"), Side(height, size?.Height, "height"), (int)channels, found, IsFlat: false);

        int Side(long? declared, int? given, string name)
        {
            if ((declared ?? given) is not { } side)
                throw Refuse($"the {name} of the input '{file.Input}' {shown} is free; give the images' size with --size.");
            if (given is not null && given != side)
                throw Refuse($"the {name} of the input '{file.Input}' {shown} is {side}; --size says {given}.");
            return side is >= 1 and <= ModelLimits.MaxSide
                ? (int)side
                : throw Refuse($"the {name} of the input '{file.Input}' is {side}; 1 to {ModelLimits.MaxSide} pixels are allowed.");
        }

        InvalidModelException Refuse(string message) => new(file.Role, message);
    }

    /// <summary>Adds the operators that lay images out as the network takes them: [N, H, W, C] → [N, <see cref="Sizes"/>].</summary>
    public OnnxValue FromPixels(OnnxGraphBuilder graph, OnnxValue pixels)
    {
        OnnxValue ordered = Layout == ImageLayout.ChannelsFirst ? graph.Transpose(pixels, 0, 3, 1, 2) : pixels;
        return IsFlat ? graph.Flatten(ordered) : ordered;
    }

    /// <summary>Adds the operators that restore pixels from a decoder's output: [N, sizes] → [N, H, W, C].</summary>
    /// <param name="graph">The decoder's graph.</param>
    /// <param name="value">The decoder's output.</param>
    /// <param name="sizes">Its sizes without the batch.</param>
    /// <exception cref="InvalidModelException">They are not those of an image of this size.</exception>
    public OnnxValue ToPixels(OnnxGraphBuilder graph, OnnxValue value, int[] sizes)
    {
        if (sizes.Length == 1 && sizes[0] == Width * Height * Channels)
        {
            return Layout == ImageLayout.ChannelsLast
                ? graph.Reshape(value, Height, Width, Channels)
                : graph.Transpose(graph.Reshape(value, Channels, Height, Width), 0, 2, 3, 1);
        }

        int[] first = [Channels, Height, Width],
            last = [Height, Width, Channels];
        bool isFirst = sizes.SequenceEqual(first);
        if (!isFirst && !sizes.SequenceEqual(last))
        {
            throw new InvalidModelException(
                "decoder",
                $"the output is [N, {string.Join(", ", sizes)}]; images of {Width}×{Height}×{Channels} are needed, as the encoder takes them."
            );
        }

        return isFirst && (Layout == ImageLayout.ChannelsFirst || !sizes.SequenceEqual(last)) ? graph.Transpose(value, 0, 2, 3, 1) : value;
    }

    private static ImageShape Flat(ExportedFile file, long? samples, ImageLayout layout, ImageSize? size, string shown)
    {
        if (size is not { } given)
        {
            throw new InvalidModelException(
                file.Role,
                $"the input '{file.Input}' {shown} is a list of samples; give the images' size with --size."
            );
        }

        long pixels = (long)given.Width * given.Height;
        return samples == pixels || samples == 3 * pixels
            ? new ImageShape(given.Width, given.Height, (int)(samples / pixels), layout, IsFlat: true)
            : throw new InvalidModelException(
                file.Role,
                $"the input '{file.Input}' {shown} does not have the samples of {given.Width}×{given.Height} images, {pixels} or {3 * pixels}."
            );
    }
}
