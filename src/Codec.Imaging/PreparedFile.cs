using SkiaSharp;

namespace Codec.Imaging;

/// <summary>What the decoder is given of an image file: the parts that decide its pixels and their colours.</summary>
/// <param name="Data">A file of the same format, owned by the caller.</param>
/// <param name="Origin">The orientation, where the decoder does not find it itself; otherwise null.</param>
internal readonly record struct PreparedFile(SKData Data, SKEncodedOrigin? Origin)
{
    /// <summary>Shortens data without copying it. Takes the data over.</summary>
    public static SKData Trim(SKData data, long length)
    {
        // A subset of everything would be the same native object, and be released with it.
        if (length == data.Size)
            return data;
        using (data)
            return data.Subset(0, (ulong)length);
    }
}
