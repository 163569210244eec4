using System.Diagnostics;
using System.Globalization;
using CliWrap.Buffered;
using Codec.Bench.Report;
using Codec.Comparison.Codecs;
using Codec.Images;
using Codec.Tests.Shared.Processes;
using Spectre.Console;

namespace Codec.Bench.Photos;

/// <summary>Measures the peak memory of a process that only loads the model and decodes one 24-megapixel photograph.</summary>
internal static class DecodeMemory
{
    private const int Width = 6000,
        Height = 4000;

    public static async Task<Figure> MeasureAsync(
        IAnsiConsole console,
        string modelFile,
        ModelCodec codec,
        IReadOnlyList<Raster> photographs,
        string output,
        CancellationToken cancellationToken
    )
    {
        console.WriteLine("Decoding 24 megapixels in a child process…");
        string path = Path.Combine(output, "24mp.frame");
        int quality = codec.Qualities[codec.Qualities.Count / 2];
        byte[] frame = codec.Encode(Mosaic(photographs), quality);
        await File.WriteAllBytesAsync(path, frame, cancellationToken);
        BufferedCommandResult child = await Programs
            .Command(Environment.ProcessPath!, "decode", path, "--model", modelFile)
            .RunAsync(cancellationToken);
        if (!child.IsSuccess)
            throw new BenchException($"The process that decodes 24 megapixels failed: {child.StandardError.Trim()}");
        long peak = long.Parse(child.StandardOutput, CultureInfo.InvariantCulture);
        const long Pixels = 3L * Width * Height;
        string peer = string.Create(CultureInfo.InvariantCulture, $"the pixels alone: {Pixels}; the code: {frame.Length}");
        return new Figure("photos.decode_peak_bytes_24mp", peak, "bytes", peer, (double)peak / Pixels);
    }

    /// <summary>Decodes the frame in a file; the child process runs this.</summary>
    /// <returns>This process's peak working set in bytes.</returns>
    public static long Decode(string framePath, string modelFile)
    {
        using ModelCodec codec = ModelCodec.Load(modelFile);
        Raster image = codec.Decode(File.ReadAllBytes(framePath));
        using Process self = Process.GetCurrentProcess();
        long peak = self.PeakWorkingSet64;
        GC.KeepAlive(image);
        return peak;
    }

    /// <summary>Tiles the photographs row by row, repeating them, and crops the result.</summary>
    private static Raster Mosaic(IReadOnlyList<Raster> photographs)
    {
        Raster first = photographs[0];
        Raster[] tiles = [.. photographs.Where(tile => (tile.Width, tile.Height) == (first.Width, first.Height))];
        int across = (Width + first.Width - 1) / first.Width;
        var samples = new byte[3 * Width * Height];
        for (int y = 0; y < Height; y++)
        {
            for (int x = 0; x < Width; x += first.Width)
            {
                Raster tile = tiles[(y / first.Height * across + x / first.Width) % tiles.Length];
                int length = 3 * Math.Min(first.Width, Width - x);
                tile.Samples.AsSpan(y % first.Height * 3 * first.Width, length).CopyTo(samples.AsSpan(3 * (y * Width + x)));
            }
        }

        return new Raster(Width, Height, 3, samples);
    }
}
