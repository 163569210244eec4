using System.Buffers;
using Codec.Entropy;
using Codec.Transforms;

namespace Codec;

public sealed partial class CodecModel
{
    /// <summary>Decodes one code.</summary>
    /// <param name="code">Exactly one code.</param>
    /// <param name="quality">The quality that it was encoded with.</param>
    /// <param name="head">The decoder to use.</param>
    /// <returns>Samples as the head's <see cref="HeadEntry.Output"/> says, owned by the caller.</returns>
    /// <exception cref="InvalidCodeException">The code is truncated, over-long or damaged.</exception>
    /// <exception cref="ArgumentException">quality is outside the table, or the package had no such head.</exception>
    public byte[] Decode(ReadOnlySpan<byte> code, int quality, string head = ModelManifest.ImageHead)
    {
        Synthesis synthesis = HeadOf(head);
        return Synthesise(synthesis, quality, DecodeSymbols(code, quality));
    }

    /// <summary>Decodes one code as far as its symbols: the same integers on every machine.</summary>
    /// <returns>One symbol for each latent.</returns>
    /// <exception cref="InvalidCodeException">The code is truncated, over-long or damaged.</exception>
    /// <exception cref="ArgumentException">quality is outside the table.</exception>
    public short[] DecodeSymbols(ReadOnlySpan<byte> code, int quality)
    {
        CheckQuality(quality);
        var symbols = new short[Manifest.Latents];
        int length = SymbolCoder.Decode(_prior, quality, code, symbols);
        return length == code.Length
            ? symbols
            : throw new InvalidCodeException("payload", length, $"the code ends after {length} bytes, {code.Length} are here; it is over-long.");
    }

    /// <summary>Finds the codes of a frame, and checks each by decoding it as far as its symbols.</summary>
    /// <param name="frame">The frame (docs/format.md); the codes returned are slices of it.</param>
    /// <exception cref="InvalidCodeException">The frame is malformed, of another version, or holds a code that is.</exception>
    public FrameCodes SplitFrame(ReadOnlyMemory<byte> frame)
    {
        var codes = new List<ReadOnlyMemory<byte>>();
        int quality = ReadFrame(frame, (code, _) => codes.Add(code));
        return new FrameCodes(quality, codes);
    }

    /// <summary>Decodes every code of a frame.</summary>
    /// <returns>The images in order, each owned by the caller.</returns>
    /// <exception cref="InvalidCodeException">The frame is malformed, of another version, or holds a code that is.</exception>
    /// <exception cref="ArgumentException">The package had no such head.</exception>
    public byte[][] DecodeFrame(ReadOnlyMemory<byte> frame, string head = ModelManifest.ImageHead)
    {
        Synthesis synthesis = HeadOf(head);
        var images = new List<byte[]>();
        int quality = CodeFrame.ReadHeader(frame.Span).Quality;
        ReadFrame(frame, (_, symbols) => images.Add(Synthesise(synthesis, quality, symbols)));
        return [.. images];
    }

    private int ReadFrame(ReadOnlyMemory<byte> frame, Action<ReadOnlyMemory<byte>, ReadOnlySpan<short>> onCode)
    {
        FrameHeader header = CodeFrame.ReadHeader(frame.Span);
        if (header.Version is { } version && version != Version)
            throw new InvalidCodeException("version", 3, $"the frame is of version {version}, this is {Version} of {Manifest.Name}; load that one.");
        if (header.Quality >= _dequantizers.Length)
            throw new InvalidCodeException("quality", 1, $"{header.Quality} is outside {Manifest.Name}'s 0..{_dequantizers.Length - 1}.");

        short[] symbols = ArrayPool<short>.Shared.Rent(Manifest.Latents);
        try
        {
            (int position, int length) = header.Codes.GetOffsetAndLength(frame.Length);
            int end = position + length;
            for (int n = 0; n < header.Count; n++)
            {
                int taken = SymbolCoder.Decode(_prior, header.Quality, frame.Span[position..end], symbols.AsSpan(0, Manifest.Latents));
                onCode(frame.Slice(position, taken), symbols.AsSpan(0, Manifest.Latents));
                position += taken;
            }

            return position == end
                ? header.Quality
                : throw new InvalidCodeException("payload", position, $"{end - position} bytes follow the last code; the frame is damaged.");
        }
        finally
        {
            ArrayPool<short>.Shared.Return(symbols);
        }
    }

    private byte[] Synthesise(Synthesis synthesis, int quality, ReadOnlySpan<short> symbols)
    {
        float[] latents = ArrayPool<float>.Shared.Rent(symbols.Length);
        try
        {
            _dequantizers[quality].Restore(symbols, latents.AsSpan(0, symbols.Length));
            var pixels = new byte[synthesis.Samples];
            synthesis.Run(latents.AsSpan(0, symbols.Length), pixels);
            return pixels;
        }
        finally
        {
            ArrayPool<float>.Shared.Return(latents);
        }
    }

    private Synthesis HeadOf(string name) => _heads.TryGetValue(name, out Synthesis? head)
        ? head
        : throw new ArgumentException($"{Manifest.Name} was loaded without a head '{name}'; it has: {string.Join(", ", _heads.Keys)}.", nameof(name));
}
