using System.Diagnostics;
using System.Globalization;
using CliWrap.Buffered;
using Codec.Bench.Report;
using Codec.Images;
using Codec.Measurement;
using Codec.Tests.Shared.Processes;
using Spectre.Console;

namespace Codec.Bench.Photos;

/// <summary>
/// Measures child processes that only load the model and decode one large photograph: their peak memory, and what a second core gains.
/// </summary>
internal static class DecodeMemory
{
    private const int Width = 6000,
        Height = 4000;

    // Decoded after the first, which also compiles the code; the fastest counts, because other processes disturb the others.
    private const int Repetitions = 5;

    public static async Task<Figure[]> MeasureAsync(
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
        byte[] frame = codec.Encode(Mosaic(photographs, Width, Height), quality);
        await File.WriteAllBytesAsync(path, frame, cancellationToken);
        (long peak, _) = await DecodeInChildAsync(path, modelFile, repetitions: 0, cores: 2, cancellationToken);
        const long Pixels = 3L * Width * Height;
        string peer = string.Create(CultureInfo.InvariantCulture, $"the pixels alone: {Pixels}; the code: {frame.Length}");

        console.WriteLine("Decoding 12 megapixels on one core and on two…");
        await File.WriteAllBytesAsync(path, codec.Encode(Mosaic(photographs, Width / 2, Height), quality), cancellationToken);
        (_, double one) = await DecodeInChildAsync(path, modelFile, Repetitions, cores: 1, cancellationToken);
        (_, double two) = await DecodeInChildAsync(path, modelFile, Repetitions, cores: 2, cancellationToken);
        string times = string.Create(CultureInfo.InvariantCulture, $"one core {one:0} ms, two {two:0} ms");
        return
        [
            new Figure("photos.decode_peak_bytes_24mp", peak, "bytes", peer, (double)peak / Pixels),
            new Figure("photos.decode_threads_2", one / two, "times", times, one / two),
        ];
    }

    private static async Task<(long Peak, double Milliseconds)> DecodeInChildAsync(
        string path,
        string modelFile,
        int repetitions,
        int cores,
        CancellationToken cancellationToken
    )
    {
        BufferedCommandResult child = await Programs
            .Command(Environment.ProcessPath!, "decode", path, "--model", modelFile, "--repetitions", $"{repetitions}")
            .WithEnvironmentVariables(variables => variables.Set("DOTNET_PROCESSOR_COUNT", $"{cores}"))
            .RunAsync(cancellationToken);
        if (!child.IsSuccess)
            throw new BenchException($"The process that decodes {Path.GetFileName(path)} failed: {child.StandardError.Trim()}");
        string[] figures = child.StandardOutput.Split(' ', StringSplitOptions.TrimEntries);
        return (long.Parse(figures[0], CultureInfo.InvariantCulture), double.Parse(figures[1], CultureInfo.InvariantCulture));
    }

    /// <summary>Decodes the frame in a file; the child process runs this.</summary>
    /// <param name="framePath">The file.</param>
    /// <param name="modelFile">The model file.</param>
    /// <param name="repetitions">How often to decode it again.</param>
    /// <returns>
    /// This process's peak working set in bytes, and the milliseconds of the fastest repetition (of the first without any).
    /// </returns>
    public static string Decode(string framePath, string modelFile, int repetitions)
    {
        using ModelCodec codec = ModelCodec.Load(modelFile);
        byte[] frame = File.ReadAllBytes(framePath);
        double fastest = double.PositiveInfinity;
        for (int i = 0; i <= repetitions; i++)
        {
            long began = Stopwatch.GetTimestamp();
            Raster image = codec.Decode(frame);
            double elapsed = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
            GC.KeepAlive(image);
            if (i > 0 || repetitions == 0)
                fastest = Math.Min(fastest, elapsed);
        }

        using Process self = Process.GetCurrentProcess();
        return string.Create(CultureInfo.InvariantCulture, $"{self.PeakWorkingSet64} {fastest}");
    }

    /// <summary>Tiles the photographs row by row, repeating them, and crops the result.</summary>
    private static Raster Mosaic(IReadOnlyList<Raster> photographs, int width, int height)
    {
        Raster first = photographs[0];
        Raster[] tiles = [.. photographs.Where(tile => (tile.Width, tile.Height) == (first.Width, first.Height))];
        int across = (width + first.Width - 1) / first.Width;
        var samples = new byte[3 * width * height];
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x += first.Width)
            {
                Raster tile = tiles[(y / first.Height * across + x / first.Width) % tiles.Length];
                int length = 3 * Math.Min(first.Width, width - x);
                tile.Samples.AsSpan(y % first.Height * 3 * first.Width, length).CopyTo(samples.AsSpan(3 * (y * width + x)));
            }
        }

        return new Raster(width, height, 3, samples);
    }
}
