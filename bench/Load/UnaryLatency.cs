using System.Diagnostics;
using System.Globalization;
using Codec.Bench.Report;
using Codec.Bench.Timing;
using Codec.Images;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;

namespace Codec.Bench.Load;

/// <summary>
/// The latency of unary Encode calls at half of the peak rate. The peak is what callers that each wait for their answer reach; then calls
/// begin at a constant rate, whether or not earlier ones have been answered. Beside them, empty calls of the health service at the same
/// rate: what they take is the cost of a call on this machine, where client and server share the processors.
/// </summary>
internal static class UnaryLatency
{
    private const int Callers = 16;
    private const int Rounds = 5;

    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan Peak = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Half = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan MostLag = TimeSpan.FromMilliseconds(2);

    public static async Task<Figure[]> MeasureAsync(Uri address, Raster[] images, CancellationToken cancellationToken)
    {
        using GrpcChannel channel = GrpcChannel.ForAddress(address);
        var codec = new V1.CodecService.CodecServiceClient(channel);
        var health = new Health.HealthClient(channel);
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
        var rounds = new List<(Spread Encoding, Spread Empty)>();
        double rate = 0;
        int refused = 0;
        for (int round = 0; round < Rounds; round++)
        {
            rate = await PeakAsync(Peak) / 2;
            Spread empty = await PacedAsync(rate, Half, _ => health.CheckAsync(new HealthCheckRequest()));
            rounds.Add((await PacedAsync(rate, Half, Encode), empty));
        }

        (Spread encoding, Spread calls) = rounds.OrderBy(round => round.Encoding.Ratio).ElementAt(Rounds / 2);
        return
        [
            new Figure(
                "load.unary_p99_over_p50",
                encoding.Ratio,
                "times",
                string.Create(CultureInfo.InvariantCulture, $"at {rate:0} calls/s: {encoding}, {refused} refused; at most 3"),
                encoding.Ratio / 3
            ),
            new Figure(
                "load.unary_p99_vs_empty",
                encoding.P99,
                "ms",
                string.Create(CultureInfo.InvariantCulture, $"empty calls at the same rate: {calls}"),
                encoding.P99 / calls.P99
            ),
        ];

        AsyncUnaryCall<V1.EncodeResponse> Encode(int call) =>
            codec.EncodeAsync(requests[call % requests.Length], cancellationToken: cancellationToken);

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
                                    await Encode(i);
                                    Interlocked.Increment(ref count);
                                }
                            },
                            cancellationToken
                        )
                    )
            );
            return count / Stopwatch.GetElapsedTime(began).TotalSeconds;
        }

        async Task<Spread> PacedAsync<T>(double rate, TimeSpan duration, Func<int, AsyncUnaryCall<T>> call)
        {
            // Keep only the time of a call, not its task: a collection stops all calls of this process, and takes longer the more objects
            // survive.
            double[] times = new double[(int)(rate * duration.TotalSeconds) + 1];
            int count = 0;
            int open = 1;
            var ended = new TaskCompletionSource();
            long began = Stopwatch.GetTimestamp();
            double due = 0;
            while (Stopwatch.GetElapsedTime(began) is var elapsed && elapsed < duration && count < times.Length)
            {
                // Where this process itself was held up, the calls that it missed are not made up for.
                due = Math.Max(due, (elapsed - MostLag).TotalSeconds * rate);
                if (due < elapsed.TotalSeconds * rate)
                {
                    due++;
                    Interlocked.Increment(ref open);
                    _ = TimeAsync(count++);
                }
                else
                {
                    ShortPause.Wait();
                }
            }

            End();
            await ended.Task;
            double[] answered = [.. times.Take(count).Where(double.IsFinite)];
            return new Spread(Quantile.Of(answered, 0.5), Quantile.Of(answered, 0.99));

            async Task TimeAsync(int number)
            {
                long began = Stopwatch.GetTimestamp();
                try
                {
                    await call(number);
                    times[number] = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
                }
                catch (RpcException exception) when (exception.StatusCode == StatusCode.ResourceExhausted)
                {
                    Interlocked.Increment(ref refused);
                    times[number] = double.PositiveInfinity;
                }
                catch (Exception exception)
                {
                    // The first failure ends the measurement.
                    ended.TrySetException(exception);
                }
                finally
                {
                    End();
                }
            }

            void End()
            {
                if (Interlocked.Decrement(ref open) == 0)
                    ended.TrySetResult();
            }
        }
    }

    /// <summary>Times of calls.</summary>
    /// <param name="Median">Half of them take at most this, in milliseconds.</param>
    /// <param name="P99">99 of 100 take at most this, in milliseconds.</param>
    private readonly record struct Spread(double Median, double P99)
    {
        public double Ratio => P99 / Median;

        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"p50 {Median:0.00} ms, p99 {P99:0.00} ms");
    }
}
