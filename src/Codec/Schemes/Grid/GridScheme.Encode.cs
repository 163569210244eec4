using Codec.Entropy;
using Codec.Images;
using Codec.Models;
using Codec.Perception;
using Codec.Quantization;

namespace Codec.Schemes.Grid;

internal sealed partial class GridScheme
{
    /// <summary>The points of SSIMULACRA 2 that a code e times as long must gain: on photographs it gains 20 to 30.</summary>
    private const double PointsPerLength = 25;

    /// <inheritdoc/>
    public byte[] Encode(ReadOnlySpan<byte> samples, ImageSize size, int quality, int effort, out TimeSpan analysis)
    {
        Encoder.Check();
        byte[] code = EncodeOnce(samples, size, quality, out analysis);
        if (effort == 0 || ChannelsOf(ModelManifest.ImageHead) != 3 || Math.Min(size.Width, size.Height) < PerceptualAim.MinSide)
            return code;

        var aim = new PerceptualAim(samples, size, _heads.Get(ModelManifest.ImageHead).Windows.Colours);
        var decoded = new byte[samples.Length];
        byte[] best = code;
        double highest = double.NegativeInfinity;
        for (int looks = 0; ; looks++)
        {
            _ = Decode(code, quality, ModelManifest.ImageHead, decoded);
            // An exact picture, such as of a palette code, has nothing to gain.
            if (samples.SequenceEqual(decoded))
                return code;
            double score = looks < effort ? aim.Look(decoded) : aim.Judge(decoded),
                worth = score - PointsPerLength * Math.Log(code.Length);
            if (worth > highest)
                (best, highest) = (code, worth);
            if (looks == effort)
                return best;
            code = EncodeOnce(aim.Samples, size, quality, out TimeSpan time);
            analysis += time;
        }
    }

    /// <summary>Encodes an image as it is.</summary>
    private byte[] EncodeOnce(ReadOnlySpan<byte> samples, ImageSize size, int quality, out TimeSpan analysis)
    {
        byte[] payload = EncodeBlocks(samples, size, quality, out analysis);
        bool isPalette = false;
        if (_grid.Palette && PaletteCoder.Encode(samples, size) is { } palette && palette.Length < payload.Length)
            (payload, isPalette) = (palette, true);
        Span<byte> header = stackalloc byte[SizeHeader.MaxBytes];
        header = header[..SizeHeader.Write(size, header)];
        byte[] mark = isPalette ? [PaletteMark] : [];
        long length = mark.Length + header.Length + (long)payload.Length;
        return length <= ModelLimits.MaxCodeBytes
            ? [.. mark, .. header, .. payload]
            : throw new ArgumentException(
                $"The code would have {length} bytes; at most {ModelLimits.MaxCodeBytes} are allowed. Choose a lower quality.",
                nameof(quality)
            );
    }

    /// <inheritdoc/>
    public byte[][] EncodeBatch(ReadOnlySpan<byte> pixels, int quality, out TimeSpan analysis) =>
        throw new InvalidOperationException($"{_manifest.Name} takes images of any size: encode them one by one.");

    /// <summary>Encodes an image's blocks, slice by slice; the encoder's graph runs once for each row of them.</summary>
    /// <returns>The code without its size.</returns>
    private unsafe byte[] EncodeBlocks(ReadOnlySpan<byte> samples, ImageSize size, int quality, out TimeSpan analysisTime)
    {
        WindowGrid grid = GridOf(size);
        var analysis = new GridAnalysis(grid, Encoder.Scaling, Encoder.Graph, _manifest.GraphLatents);
        var context = new GridContext(_prior, quality, grid.Columns);
        var search = new GridSearch(context, _manifest.Qualities[quality], _rates[quality].Value);
        int length = samples.Length;
        var latents = new float[_manifest.Latents];
        // Pinned: a lambda cannot capture a span.
        fixed (byte* pinned = samples)
        {
            byte* first = pinned;
            var slices = new byte[GridSlices.CountOf(_grid.Slices, grid)][];
            for (int i = 0; i < slices.Length; i++)
                slices[i] = GridCoder.Encode(context, GridSlices.RowsOf(grid.Rows, slices.Length, i), Choose);
            analysisTime = analysis.Elapsed;
            return GridSlices.Join(slices);

            int Choose(int row, int column, Span<short> symbols)
            {
                ReadOnlySpan<float> graph = analysis.Run(new ReadOnlySpan<byte>(first, length), row, column);
                int transform = search.ChooseTransform(graph, latents);
                search.Choose(transform, latents, symbols);
                return transform;
            }
        }
    }
}
