using SkiaSharp;

namespace Codec.Imaging;

/// <summary>
/// Checks a PNG file's chunks, and copies those that decide its pixels and colours. The decoder's time for a long chunk grows with the
/// square of its length, 4 s for 19 MiB of text, so that it only gets chunks of bounded lengths and pixels.
/// </summary>
internal static class PngFile
{
    private const int MaxPaletteBytes = 3 * 256;
    private const int MaxTransparencyBytes = 256;

    /// <summary>The decoder ignores a longer profile. One of a printer, with tables, has up to 3 MB.</summary>
    private const int MaxProfileBytes = 8_000_000;

    private static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    public static bool HasSignature(ReadOnlySpan<byte> file) => file.StartsWith(Signature);

    /// <exception cref="InvalidImageException">The file is malformed, or its colours are those of an HDR image.</exception>
    public static PreparedFile Prepare(ReadOnlySpan<byte> png)
    {
        ReadOnlySpan<byte> rest = png[Signature.Length..];
        PngHeader header = ReadFirst(ref rest, out PngChunk first);
        PngColor color = ReadMetadata(rest, header, out SKEncodedOrigin origin);
        byte[] profile = color.Space is { IsSrgb: false } space ? PngChunk.WithProfile(IccProfile.Write(space, header.IsGrey)) : [];

        SKData data = SKData.Create(png.Length + profile.Length);
        try
        {
            Span<byte> to = data.Span;
            Copy(Signature, ref to);
            Copy(first.Bytes, ref to);
            Copy(profile, ref to);
            CopyUsed(rest, color, ref to);
            return new PreparedFile(PreparedFile.Trim(data, data.Size - to.Length), origin);
        }
        catch
        {
            data.Dispose();
            throw;
        }
    }

    /// <exception cref="InvalidImageException">The header is damaged.</exception>
    public static FileHeader ReadHeader(ReadOnlySpan<byte> png)
    {
        ReadOnlySpan<byte> rest = png[Signature.Length..];
        PngHeader header = ReadFirst(ref rest, out _);

        // An interlaced picture is kept whole as the file has it, with all its bits, until its last pass.
        return FileHeader.Of(header.Size, header.IsInterlaced ? header.Size.Pixels * header.PixelBytes : 0);
    }

    private static PngHeader ReadFirst(ref ReadOnlySpan<byte> rest, out PngChunk first) =>
        PngChunk.TryRead(ref rest, out first)
            ? PngHeader.Read(first)
            : throw new InvalidImageException("The PNG file is cut short in its header.");

    private static PngColor ReadMetadata(ReadOnlySpan<byte> rest, PngHeader header, out SKEncodedOrigin origin)
    {
        var color = new PngColor(header.IsGrey);
        SKEncodedOrigin? found = null;
        bool colorsMayFollow = true;
        while (PngChunk.TryRead(ref rest, out PngChunk chunk) && !chunk.Is("IEND"u8))
        {
            if (chunk.IsCritical)
                colorsMayFollow = false;
            else if (chunk.Is("eXIf"u8))
                found ??= chunk.IsIntact ? ExifOrientation.Find(chunk.Data) : null;
            else if (colorsMayFollow && PngColor.IsRead(chunk) && chunk.IsIntact)
                color.Add(chunk);
        }

        origin = found ?? SKEncodedOrigin.TopLeft;
        return color;
    }

    private static void CopyUsed(ReadOnlySpan<byte> rest, PngColor color, ref Span<byte> to)
    {
        while (PngChunk.TryRead(ref rest, out PngChunk chunk))
        {
            if (chunk.IsCritical)
                CheckCritical(chunk);
            if (chunk.IsCritical || IsUsed(chunk, color))
                Copy(chunk.Bytes, ref to);
            if (chunk.Is("IEND"u8))
                return;
        }

        // It may have all its pixels; a file of any format that is cut short is refused all the same.
        throw new InvalidImageException("The PNG file is cut short: it has no end (IEND). Send the whole file.");
    }

    private static void CheckCritical(PngChunk chunk)
    {
        if (chunk.Is("IDAT"u8))
            return;
        int? max =
            chunk.Is("PLTE"u8) ? MaxPaletteBytes
            : chunk.Is("IEND"u8) ? 0
            : null;
        if (max is null)
        {
            string type = Convert.ToHexString(chunk.Type);
            throw new InvalidImageException(
                $"The PNG file has a second header, or a chunk that a decoder must not ignore: type {type} (hex)."
            );
        }

        if (chunk.Data.Length > max)
        {
            string type = System.Text.Encoding.ASCII.GetString(chunk.Type);
            throw new InvalidImageException($"The PNG file's {type} chunk has {chunk.Data.Length:N0} bytes; at most {max} are allowed.");
        }
    }

    private static bool IsUsed(PngChunk chunk, PngColor color)
    {
        bool embedded = color.Space is null;
        int length = chunk.Data.Length;
        bool known =
            (chunk.Is("tRNS"u8) && length <= MaxTransparencyBytes)
            || (chunk.Is("iCCP"u8) && length <= MaxProfileBytes && embedded)
            || (chunk.Is("sRGB"u8) && length == 1 && embedded)
            || (chunk.Is("gAMA"u8) && length == 4 && embedded && color.UsesGamma)
            || (chunk.Is("cHRM"u8) && length == 32 && embedded && color.UsesChromaticities);
        return known && chunk.IsIntact;
    }

    private static void Copy(scoped ReadOnlySpan<byte> from, ref Span<byte> to)
    {
        from.CopyTo(to);
        to = to[from.Length..];
    }
}
