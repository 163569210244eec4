using System.Diagnostics;
using System.Globalization;
using Codec.Bench.Processes;
using Codec.Bench.Report;
using Codec.Bench.Timing;
using Codec.Client;
using Codec.Frames;
using Codec.Images;
using Grpc.Core;
using Grpc.Net.Client;

namespace Codec.Bench.Load;

/// <summary>
/// Codes per second that 1,000 subscribers of one channel receive together while a producer publishes. The subscribers count codes and do
/// not decode them: they share the machine with the server.
/// </summary>
internal static class FanOut
{
    private const int Subscribers = 1000;
    private const int Connections = 20;
    private const int CodesPerFrame = 1;
    private const int Codes = 1024;
    private const int Rounds = 5;
    private const int WarmUps = 4;
    private const double Required = 500_000;

    public static async Task<Figure[]> MeasureAsync(
        ServiceProcess service,
        CodecModel model,
        Raster[] faces,
        CancellationToken cancellationToken
    )
    {
        byte[][] codes = model.EncodeBatch(faces.SelectMany(face => face.Samples).ToArray(), 0);
        using CodecClient producer = service.Connect(new SocketCounter());
        await producer.CreateChannelAsync("fan-out", cancellationToken: cancellationToken);
        GrpcChannel[] channels = [.. Enumerable.Range(0, Connections).Select(_ => GrpcChannel.ForAddress(service.Address))];
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        long received = 0;
        long expected = 0;
        TaskCompletionSource all = new();
        var ready = new CountdownEvent(Subscribers);
        Task[] subscriptions = [.. Enumerable.Range(0, Subscribers).Select(i => SubscribeAsync(channels[i % Connections]))];
        await Task.Run(() => ready.Wait(cancellationToken), cancellationToken);
        ChannelPublisher publisher = await producer.OpenPublisherAsync(
            "fan-out",
            model.Manifest.Name,
            0,
            new PublisherOptions { CodesPerFrame = CodesPerFrame, Linger = TimeSpan.FromSeconds(1) },
            cancellationToken
        );
        var rates = new List<double>();
        long before = 0;
        TimeSpan worked = default;
        for (int round = 0; round < WarmUps + Rounds; round++)
        {
            if (round == WarmUps)
                (before, worked) = (service.Bytes, service.ProcessorTime);
            all = new TaskCompletionSource();
            Volatile.Write(ref expected, Volatile.Read(ref expected) + (long)Codes * Subscribers);
            long began = Stopwatch.GetTimestamp();
            for (int i = 0; i < Codes; i++)
                await publisher.SendCodeAsync(codes[i % codes.Length], cancellationToken: cancellationToken);
            await publisher.FlushAsync(cancellationToken);
            await all.Task.WaitAsync(TimeSpan.FromMinutes(5), cancellationToken);
            rates.Add((double)Codes * Subscribers / Stopwatch.GetElapsedTime(began).TotalSeconds);
        }

        long after = service.Bytes;
        double each = (service.ProcessorTime - worked).TotalMicroseconds / ((double)Rounds * Codes * Subscribers);
        await publisher.DisposeAsync();
        await end.CancelAsync();
        await Task.WhenAll(subscriptions);
        foreach (GrpcChannel channel in channels)
            channel.Dispose();
        double rate = Quantile.Of([.. rates.Skip(WarmUps)], 0.5);
        return
        [
            new Figure(
                "load.fanout_codes_per_second",
                rate,
                "codes/s",
                Text(
                    $"{Subscribers} subscribers, published {CodesPerFrame} codes at a time, {each:0.00} µs of the server's processor time a code; required: {Required:0}"
                ),
                rate / Required
            ),
            new Figure(
                "load.fanout_growth",
                after >> 20,
                "MiB",
                Text($"after the first {WarmUps} rounds: {before >> 20}"),
                (double)after / before
            ),
        ];

        async Task SubscribeAsync(GrpcChannel channel)
        {
            using AsyncServerStreamingCall<V1.SubscribeResponse> call = new V1.ChannelService.ChannelServiceClient(channel).Subscribe(
                new() { Channel = "fan-out", Now = true },
                cancellationToken: end.Token
            );
            try
            {
                await call.ResponseHeadersAsync;
                ready.Signal();
                while (await call.ResponseStream.MoveNext(end.Token))
                {
                    if (call.ResponseStream.Current.Frame is not { Length: > 0 } frame)
                        continue;
                    if (Interlocked.Add(ref received, CodeFrame.ReadHeader(frame.Span).Count) == Volatile.Read(ref expected))
                        all.TrySetResult();
                }
            }
            catch (Exception exception) when (end.IsCancellationRequested && exception is RpcException or OperationCanceledException) { }
        }
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
