using System.Globalization;
using Codec.Bench.Processes;
using Codec.Bench.Report;
using Codec.Bench.Timing;
using Codec.Client;
using Codec.Models;

namespace Codec.Bench.Load;

/// <summary>What a server with one loaded model takes when it does nothing, and how long it takes to start.</summary>
internal static class Footprint
{
    private const int Starts = 5;
    private const double MostMilliseconds = 1000;
    private const double MostBytes = 120e6;

    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(10);

    public static async Task<Figure[]> MeasureAsync(string output, string file, CancellationToken cancellationToken)
    {
        await using ServiceProcess service = await ServiceProcess.StartAsync(
            Path.Combine(output, "service"),
            cancellationToken,
            shippedModels: false
        );
        using (CodecClient client = service.Connect(new SocketCounter()))
        {
            await LiveModel.PublishAsync(client, ModelPackage.Load(file), cancellationToken);
        }

        var times = new List<double>();
        for (int i = 0; i < Starts; i++)
            times.Add((await service.RestartAsync(cancellationToken)).TotalMilliseconds);
        double start = Quantile.Of(times, 0.5);
        await Task.Delay(Rest, cancellationToken);
        long idle = service.Bytes;
        return
        [
            new Figure("load.start_ms", start, "ms", Text($"median of {Starts}; at most {MostMilliseconds:0}"), start / MostMilliseconds),
            new Figure("load.idle_bytes", idle, "bytes", Text($"at most {MostBytes:0}"), idle / MostBytes),
        ];
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
