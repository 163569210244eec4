using System.Diagnostics;
using System.Globalization;
using Codec.Bench.Report;
using Codec.Bench.Timing;
using Codec.Client;
using Codec.Models;

namespace Codec.Bench.Sdk;

/// <summary>
/// The time from the call that moves the alias <c>live</c> to a subscriber's first image of the new version. The producer watches the alias
/// and opens another publisher when it moves; the subscriber's cache is empty, so that it downloads the whole decoder.
/// </summary>
internal static class Swapping
{
    private const int Swaps = 15;
    private const double MostMilliseconds = 100;
    private const string Channel = "swaps";

    public static async Task<Figure> MeasureAsync(Uri address, FaceChannel faces, string output, CancellationToken cancellationToken)
    {
        string cache = Path.Combine(output, "swap-cache");
        using var operations = new CodecClient(Options(Path.Combine(output, "operations-cache")));
        using var producer = new CodecClient(Options(null));
        using var subscriber = new CodecClient(Options(cache));
        ModelPackage shipped = await operations.DownloadModelAsync(FaceChannel.ModelName, cancellationToken);
        await operations.CreateChannelAsync(Channel, cancellationToken: cancellationToken);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task producing = ProduceAsync(producer, faces.Image, end.Token);
        IAsyncEnumerator<DecodedImage> images = subscriber
            .SubscribeAsync(Channel, SubscribeFrom.Start, cancellationToken)
            .GetAsyncEnumerator(cancellationToken);
        var times = new List<double>();
        for (int swap = 0; swap < Swaps; swap++)
        {
            await images.MoveNextAsync();
            ModelPackage next = WithNote(shipped, Text($"swap {swap}"));
            await operations.UploadModelAsync(next, cancellationToken: cancellationToken);
            if (Directory.Exists(cache))
                Directory.Delete(cache, recursive: true);
            long start = Stopwatch.GetTimestamp();
            await operations.SetAliasAsync(
                next.Manifest.Name,
                ModelReference.LiveAlias,
                next.Version,
                cancellationToken: cancellationToken
            );
            do
            {
                await images.MoveNextAsync();
            } while (images.Current.Version != next.Version);
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        await end.CancelAsync();
        await producing;
        await images.DisposeAsync();
        double median = Quantile.Of(times, 0.5);
        return new Figure(
            "sdk.swap_ms",
            median,
            "ms, median",
            Text($"p90: {Quantile.Of(times, 0.9):0.0} ms; at most {MostMilliseconds:0} ms"),
            median / MostMilliseconds
        );

        CodecClientOptions Options(string? directory) => new() { Address = address, CacheDirectory = directory };
    }

    /// <summary>Publishes one image after the other, with the version that the alias names.</summary>
    private static async Task ProduceAsync(CodecClient client, ImageSource image, CancellationToken cancellationToken)
    {
        Digest live = default;
        try
        {
            Task watching = WatchAsync();
            while (!cancellationToken.IsCancellationRequested)
            {
                await using ChannelPublisher publisher = await client.OpenPublisherAsync(
                    Channel,
                    FaceChannel.ModelName,
                    FaceChannel.Quality,
                    cancellationToken: cancellationToken
                );
                // Before the watch has reported the alias, any version is the live one.
                while (live == default || live == publisher.Version)
                    await publisher.PublishAsync(image, cancellationToken: cancellationToken);
            }

            await watching;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested) { }

        async Task WatchAsync()
        {
            await foreach (ModelEvent change in client.WatchModelsAsync(FaceChannel.ModelName, cancellationToken))
            {
                if (change is AliasMoved { Alias: { Name: ModelReference.LiveAlias, Version: { } version } })
                    live = version;
            }
        }
    }

    /// <summary>The same model as another version.</summary>
    private static ModelPackage WithNote(ModelPackage package, string note)
    {
        ModelManifest manifest = package.Manifest with
        {
            Provenance = new Dictionary<string, string>(package.Manifest.Provenance) { ["note"] = note },
        };
        return new ModelPackage(
            manifest.ToJson(),
            package.Manifest.Blobs.ToDictionary(blob => blob.Digest, blob => package.Blobs[blob.Digest])
        );
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
