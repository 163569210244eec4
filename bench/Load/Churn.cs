using System.Globalization;
using Codec.Bench.Processes;
using Codec.Bench.Report;
using Codec.Client;
using Codec.Models;
using Codec.Tests.Shared;

namespace Codec.Bench.Load;

/// <summary>
/// The server's memory after 200 models were published, made live and deleted, compared with before, while a caller encodes with each live
/// version. Half of the models are variants of faces-32, half have networks that ONNX Runtime runs.
/// </summary>
internal static class Churn
{
    private const int Versions = 200;
    private const double Most = 1.2;

    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(10);

    public static async Task<Figure> MeasureAsync(string output, string file, CancellationToken cancellationToken)
    {
        await using ServiceProcess service = await ServiceProcess.StartAsync(
            Path.Combine(output, "service"),
            cancellationToken,
            shippedModels: false
        );
        using CodecClient client = service.Connect(new SocketCounter());
        ModelPackage large = ModelPackage.Load(file);
        var current = new Dictionary<string, Digest>();
        await SwapAsync(large);
        await SwapAsync(SmallModel.Create(networkEncoder: true, networkHead: true));
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        int calls = 0;
        Task traffic = Task.Run(TrafficAsync, cancellationToken);
        await Task.Delay(Rest, cancellationToken);
        long before = service.Bytes;
        for (int i = 0; i < Versions; i++)
        {
            await SwapAsync(
                i % 2 == 0
                    ? Variant(large, i)
                    : SmallModel.Create(note: $"{i}", networkEncoder: true, networkHead: true, step: 6 + i / 100f)
            );
        }

        await Task.Delay(Rest, cancellationToken);
        long after = service.Bytes;
        await stop.CancelAsync();
        await traffic;
        return new Figure(
            "load.churn_growth",
            (double)after / before,
            "times",
            string.Create(
                CultureInfo.InvariantCulture,
                $"{before >> 20} MiB before, {after >> 20} MiB after {Versions} versions, {calls} calls; at most {Most}"
            ),
            (double)after / before / Most
        );

        async Task SwapAsync(ModelPackage package)
        {
            string name = package.Manifest.Name;
            await LiveModel.PublishAsync(client, package, cancellationToken);
            bool isFirst = !current.Remove(name, out Digest old);
            current[name] = package.Version;
            if (isFirst)
                return;

            // A call may still use it: the refusal names that, and the next try succeeds.
            while (true)
            {
                try
                {
                    await client.DeleteVersionAsync(name, old, cancellationToken: cancellationToken);
                    return;
                }
                catch (CodecException) when (!cancellationToken.IsCancellationRequested)
                {
                    await Task.Delay(5, cancellationToken);
                }
            }
        }

        async Task TrafficAsync()
        {
            ImageSource face = ImageSource.FromPixels(
                new byte[32 * 32 * large.Manifest.Input.Channels],
                32,
                32,
                large.Manifest.Input.Channels
            );
            ImageSource small = ImageSource.FromPixels(SmallModel.Image(1), SmallModel.Side, SmallModel.Side, 3);
            while (!stop.IsCancellationRequested)
            {
                await client.EncodeAsync(face, large.Manifest.Name, 0, cancellationToken);
                await client.EncodeAsync(small, "small-8", 0, cancellationToken);
                calls += 2;
            }
        }
    }

    /// <summary>The same model as another version: only its provenance differs.</summary>
    private static ModelPackage Variant(ModelPackage package, int number)
    {
        ModelManifest manifest = package.Manifest with
        {
            Provenance = new Dictionary<string, string>(package.Manifest.Provenance) { ["variant"] = $"{number}" },
        };
        return new ModelPackage(manifest.ToJson(), package.Blobs);
    }
}
