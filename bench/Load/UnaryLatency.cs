using System.Diagnostics;
using System.Globalization;
using Codec.Bench.Report;
using Codec.Bench.Timing;
using Codec.Images;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;

namespace Codec.Bench.Load;

/// <summary>
/// The latency of unary Encode calls at half of the peak rate. The peak is what callers that each wait for their answer reach; then calls
/// begin at a constant rate, whether or not earlier ones have been answered.
/// </summary>
internal static class UnaryLatency
{
    private const int Callers = 16;
    private const int Rounds = 5;

    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan Peak = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Half = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan MostLag = TimeSpan.FromMilliseconds(2);

    public static async Task<Figure> MeasureAsync(Uri address, Raster[] images, CancellationToken cancellationToken)
    {
        using GrpcChannel channel = GrpcChannel.ForAddress(address);
        var codec = new V1.CodecService.CodecServiceClient(channel);
        V1.EncodeRequest[] requests =
        [
            .. images.Select(image => new V1.EncodeRequest
            {
                Model = "faces-32",
                Image = new()
                {
                    Pixels = new()
                    {
                        Width = image.Width,
                        Height = image.Height,
                        Channels = image.Channels,
                        Data = UnsafeByteOperations.UnsafeWrap(image.Samples),
                    },
                },
            }),
        ];
        await PeakAsync(WarmUp);
        var ratios = new List<(double Ratio, double Median, double P99)>();
        double rate = 0;
        int refused = 0;
        for (int round = 0; round < Rounds; round++)
        {
            rate = await PeakAsync(Peak) / 2;
            double[] times = await PacedAsync(rate, Half);
            double median = Quantile.Of(times, 0.5),
                p99 = Quantile.Of(times, 0.99);
            ratios.Add((p99 / median, median, p99));
        }

        (double ratio, double p50, double slow) = ratios.OrderBy(round => round.Ratio).ElementAt(Rounds / 2);
        return new Figure(
            "load.unary_p99_over_p50",
            ratio,
            "times",
            string.Create(
                CultureInfo.InvariantCulture,
                $"at {rate:0} calls/s: p50 {p50:0.00} ms, p99 {slow:0.00} ms, {refused} refused; at most 3"
            ),
            ratio / 3
        );

        async Task<double> PeakAsync(TimeSpan duration)
        {
            long began = Stopwatch.GetTimestamp();
            int count = 0;
            await Task.WhenAll(
                Enumerable
                    .Range(0, Callers)
                    .Select(caller =>
                        Task.Run(
                            async () =>
                            {
                                for (int i = caller; Stopwatch.GetElapsedTime(began) < duration; i++)
                                {
                                    await codec.EncodeAsync(requests[i % requests.Length], cancellationToken: cancellationToken);
                                    Interlocked.Increment(ref count);
                                }
                            },
                            cancellationToken
                        )
                    )
            );
            return count / Stopwatch.GetElapsedTime(began).TotalSeconds;
        }

        async Task<double[]> PacedAsync(double rate, TimeSpan duration)
        {
            var calls = new List<Task<double>>();
            long began = Stopwatch.GetTimestamp();
            double due = 0;
            while (Stopwatch.GetElapsedTime(began) is var elapsed && elapsed < duration)
            {
                // Where this process itself was held up, the calls that it missed are not made up for.
                due = Math.Max(due, (elapsed - MostLag).TotalSeconds * rate);
                if (due < elapsed.TotalSeconds * rate)
                {
                    due++;
                    calls.Add(CallAsync(requests[calls.Count % requests.Length]));
                }
                else
                {
                    Thread.Sleep(TimeSpan.FromMicroseconds(100));
                }
            }

            double[] times = await Task.WhenAll(calls);
            return [.. times.Where(double.IsFinite)];
        }

        async Task<double> CallAsync(V1.EncodeRequest request)
        {
            long began = Stopwatch.GetTimestamp();
            try
            {
                await codec.EncodeAsync(request, cancellationToken: cancellationToken);
            }
            catch (RpcException exception) when (exception.StatusCode == StatusCode.ResourceExhausted)
            {
                refused++;
                return double.PositiveInfinity;
            }

            return Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        }
    }
}
