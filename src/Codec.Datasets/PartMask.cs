namespace Codec.Datasets;

/// <summary>The part of a picture of a face that a pixel shows.</summary>
public enum FacePart : byte
{
    /// <summary>Neither person nor clothes.</summary>
    Background = 0,

    /// <summary>Clothes and shoulders.</summary>
    Clothes = 1,

    /// <summary>Skin of face, ears and neck.</summary>
    Skin = 2,

    /// <summary>Hair of the head.</summary>
    Hair = 3,

    /// <summary>Beard and moustache.</summary>
    Beard = 4,

    /// <summary>Eyebrows.</summary>
    Brow = 5,

    /// <summary>Eyes between the lids.</summary>
    Eye = 6,

    /// <summary>The nose.</summary>
    Nose = 7,

    /// <summary>Lips and the area between them.</summary>
    Mouth = 8,

    /// <summary>Frames of glasses, and lenses that hide the eyes.</summary>
    Glasses = 9,
}

/// <summary>The part that each pixel of a face belongs to.</summary>
public sealed class PartMask
{
    /// <summary>Wraps parts without copying them.</summary>
    /// <param name="width">Pixels in a row, at least 1.</param>
    /// <param name="height">Rows, at least 1.</param>
    /// <param name="parts">One for each pixel, row by row from the top.</param>
    /// <exception cref="ArgumentException">A side is not positive, or <paramref name="parts"/> has another length.</exception>
    public PartMask(int width, int height, FacePart[] parts)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        ArgumentNullException.ThrowIfNull(parts);
        if (parts.LongLength != (long)width * height)
        {
            throw new ArgumentException(
                $"A mask of {width}×{height} needs {(long)width * height} parts, not {parts.Length}.",
                nameof(parts)
            );
        }

        Width = width;
        Height = height;
        Parts = parts;
    }

    /// <summary>Pixels in a row.</summary>
    public int Width { get; }

    /// <summary>Rows.</summary>
    public int Height { get; }

    /// <summary>The parts, [Height, Width]; the mask's own array, not a copy.</summary>
    public FacePart[] Parts { get; }
}
