using System.Buffers;
using System.Collections.Concurrent;
using System.Diagnostics;
using Codec.Entropy;
using Codec.Images;
using Codec.Models;
using Codec.Quantization;
using Codec.Transforms;

namespace Codec.Schemes.Fixed;

/// <summary>Codes images of one size, each as one block: its code is the block's symbols and nothing else (docs/format.md, Code).</summary>
internal sealed class FixedScheme : IScheme
{
    private readonly ModelManifest _manifest;
    private readonly Prior _prior;
    private readonly Dequantizer[] _dequantizers;
    private readonly HeadSet<ISynthesis> _heads;

    // [qualities]: encoders hold scratch, so idle ones are kept here for the next call on any thread.
    private readonly ConcurrentBag<LatentEncoder>[] _idleEncoders;

    /// <summary>Loads the heads.</summary>
    /// <param name="package">The package; borrowed for the call only.</param>
    /// <param name="prior">The package's prior.</param>
    /// <param name="encoder">The package's encoder; owned by the scheme.</param>
    /// <param name="graphs">Loads the heads' graphs.</param>
    public FixedScheme(ModelPackage package, Prior prior, ModelEncoder encoder, GraphLoader graphs)
    {
        (_manifest, _prior, Encoder) = (package.Manifest, prior, encoder);
        _dequantizers = [.. _manifest.Qualities.Select((entry, quality) => new Dequantizer(prior, quality, entry))];
        _idleEncoders = [.. _manifest.Qualities.Select(_ => new ConcurrentBag<LatentEncoder>())];
        _heads = new HeadSet<ISynthesis>(package, (graph, head) => graphs.LoadSynthesis(graph, head.Output));
    }

    /// <inheritdoc/>
    public ModelEncoder Encoder { get; }

    /// <inheritdoc/>
    public IReadOnlyCollection<string> Heads => _heads.Names;

    /// <inheritdoc/>
    public bool IsFixedSize => true;

    /// <inheritdoc/>
    public bool Batches => true;

    /// <inheritdoc/>
    public string TakenSizes => $"{_manifest.Input.Size}";

    /// <inheritdoc/>
    public bool Takes(ImageSize size) => size == _manifest.Input.Size;

    /// <inheritdoc/>
    public int ChannelsOf(string head) => _manifest.GetHead(head).Output.Channels;

    /// <inheritdoc/>
    public ImageSize ReadSize(ReadOnlySpan<byte> bytes, string head) => _manifest.GetHead(head).Output.Size;

    /// <summary>None: the size is the model's.</summary>
    public long MeasureDecoding(ImageSize size, string head) => 0;

    /// <inheritdoc/>
    public byte[] Encode(ReadOnlySpan<byte> samples, ImageSize size, int quality, int effort, out TimeSpan analysis) =>
        EncodeBatch(samples, quality, out analysis)[0];

    /// <inheritdoc/>
    public byte[][] EncodeBatch(ReadOnlySpan<byte> pixels, int quality, out TimeSpan analysis)
    {
        long began = Stopwatch.GetTimestamp();
        float[] latents = Encoder.Analyze(pixels);
        analysis = Stopwatch.GetElapsedTime(began);
        var codes = new byte[latents.Length / _manifest.Latents][];
        ConcurrentBag<LatentEncoder> idle = _idleEncoders[quality];
        if (!idle.TryTake(out LatentEncoder? encoder))
            encoder = new LatentEncoder(_prior, quality, _manifest.Qualities[quality]);
        for (int n = 0; n < codes.Length; n++)
            codes[n] = encoder.Encode(latents.AsSpan(n * _manifest.Latents, _manifest.Latents));
        idle.Add(encoder);
        return codes;
    }

    /// <inheritdoc/>
    public int Decode(ReadOnlySpan<byte> bytes, int quality, string head, Memory<byte> samples)
    {
        ISynthesis synthesis = _heads.Get(head);
        int count = _manifest.Latents;
        short[] symbols = ArrayPool<short>.Shared.Rent(count);
        float[] latents = ArrayPool<float>.Shared.Rent(count);
        try
        {
            int taken = SymbolCoder.Decode(_prior, quality, bytes, symbols.AsSpan(0, count));
            _dequantizers[quality].Restore(symbols.AsSpan(0, count), latents.AsSpan(0, count));
            synthesis.Synthesize(latents.AsSpan(0, count), samples.Span);
            return taken;
        }
        finally
        {
            ArrayPool<short>.Shared.Return(symbols);
            ArrayPool<float>.Shared.Return(latents);
        }
    }

    /// <inheritdoc/>
    public int DecodeSymbols(ReadOnlySpan<byte> bytes, int quality, out short[] symbols)
    {
        symbols = new short[_manifest.Latents];
        return SymbolCoder.Decode(_prior, quality, bytes, symbols);
    }

    /// <inheritdoc/>
    public int Check(ReadOnlySpan<byte> bytes, int quality)
    {
        short[] symbols = ArrayPool<short>.Shared.Rent(_manifest.Latents);
        try
        {
            return SymbolCoder.Decode(_prior, quality, bytes, symbols.AsSpan(0, _manifest.Latents));
        }
        finally
        {
            ArrayPool<short>.Shared.Return(symbols);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Encoder.Dispose();
        _heads.Dispose();
    }
}
