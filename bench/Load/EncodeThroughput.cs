using System.Diagnostics;
using System.Globalization;
using Codec.Bench.Report;
using Codec.Bench.Timing;
using Codec.Client;
using Codec.Images;

namespace Codec.Bench.Load;

/// <summary>Images per second that encoding streams deliver, compared with encoding in this process on all cores.</summary>
internal static class EncodeThroughput
{
    private const int Streams = 2;
    private const int Batch = 32;
    private const int Rounds = 7;

    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan Round = TimeSpan.FromSeconds(1);

    /// <summary>Measures both alternately.</summary>
    /// <param name="name">Name of the figure.</param>
    /// <param name="client">The client; each stream is its own call on its connection.</param>
    /// <param name="model">The model, with its encoder.</param>
    /// <param name="images">Images of one size, encoded again and again.</param>
    /// <param name="cancellationToken">Ends the measurement.</param>
    public static async Task<Figure> MeasureAsync(
        string name,
        CodecClient client,
        CodecModel model,
        Raster[] images,
        CancellationToken cancellationToken
    )
    {
        ImageSource[] sources =
        [
            .. images.Select(image => ImageSource.FromPixels(image.Samples, image.Width, image.Height, image.Channels)),
        ];
        byte[][] batches = [.. images.Chunk(Batch).Select(batch => batch.SelectMany(image => image.Samples).ToArray())];

        // Until tiered compilation has finished: a server that has just started encodes a quarter as fast.
        await StreamAsync(WarmUp);
        Encode(WarmUp);
        var streamed = new List<double>();
        var local = new List<double>();
        for (int round = 0; round < Rounds; round++)
        {
            streamed.Add(await StreamAsync(Round));
            local.Add(Encode(Round));
        }

        double ours = Quantile.Of(streamed, 0.5),
            peer = Quantile.Of(local, 0.5);
        return new Figure(
            name,
            ours,
            "images/s",
            string.Create(CultureInfo.InvariantCulture, $"in process, {Environment.ProcessorCount} threads: {peer:0}"),
            ours / peer
        );

        async Task<double> StreamAsync(TimeSpan duration)
        {
            long began = Stopwatch.GetTimestamp();
            int[] counts = await Task.WhenAll(
                Enumerable.Range(0, Streams).Select(_ => Task.Run(() => StreamOnceAsync(began, duration), cancellationToken))
            );
            return counts.Sum() / Stopwatch.GetElapsedTime(began).TotalSeconds;
        }

        async Task<int> StreamOnceAsync(long began, TimeSpan duration)
        {
            int count = 0;
            await foreach (EncodeResult result in client.EncodeAllAsync(Repeat(began, duration), model.Manifest.Name, 0, cancellationToken))
            {
                if (result.Error is { } error)
                    throw new BenchException($"An image was refused: {error.Message}");
                count++;
            }

            return count;
        }

        async IAsyncEnumerable<ImageSource> Repeat(long began, TimeSpan duration)
        {
            for (int i = 0; Stopwatch.GetElapsedTime(began) < duration; i++)
                yield return sources[i % sources.Length];
            await Task.CompletedTask;
        }

        double Encode(TimeSpan duration)
        {
            long began = Stopwatch.GetTimestamp();
            int count = 0;
            Parallel.For(
                0,
                Environment.ProcessorCount,
                new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount },
                thread =>
                {
                    for (int i = thread; Stopwatch.GetElapsedTime(began) < duration; i++)
                    {
                        if (model.Batches)
                        {
                            int batch = i % batches.Length;
                            Interlocked.Add(ref count, model.EncodeBatch(batches[batch], 0).Length);
                        }
                        else
                        {
                            Raster image = images[i % images.Length];
                            model.Encode(image.Samples, image.Width, image.Height, 0);
                            Interlocked.Increment(ref count);
                        }
                    }
                }
            );
            return count / Stopwatch.GetElapsedTime(began).TotalSeconds;
        }
    }
}
