using System.Collections.Concurrent;
using System.Diagnostics;
using Codec.Frames;
using Codec.Tests.Shared;
using Google.Protobuf;
using Grpc.Core;

namespace Codec.Tests.Abuse;

/// <summary>A well-behaved client: 50 calls a second of each kind, which begin whether or not earlier ones have been answered.</summary>
public sealed class GoodClient(Uri address, CodecModel model)
{
    private const int CallsPerSecond = 50;

    /// <summary>After which time a call counts as failed.</summary>
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    /// <summary>Calls for a while.</summary>
    public async Task<GoodCalls> RunAsync(TimeSpan duration, CancellationToken cancellationToken)
    {
        using var client = new Peer(address, "127.0.0.99");
        var codec = new V1.CodecService.CodecServiceClient(client.Channel);
        var channels = new V1.ChannelService.ChannelServiceClient(client.Channel);
        var models = new V1.ModelService.ModelServiceClient(client.Channel);
        V1.EncodeRequest encode = ImageAttacks.PixelRequest("small-8", SmallModel.Side, SmallModel.Image(1));
        byte[] frame = CodeFrame.Write(1, [model.Encode(SmallModel.Image(1), SmallModel.Side, SmallModel.Side, 1)]);
        var decode = new V1.DecodeRequest { Model = "small-8", Frame = ByteString.CopyFrom(frame) };
        (string Kind, Func<CallOptions, Task> CallAsync)[] kinds =
        [
            ("Encode", async options => await codec.EncodeAsync(encode, options)),
            ("Decode", async options => await codec.DecodeAsync(decode, options)),
            ("ListModels", async options => await models.ListModelsAsync(new(), options)),
            ("Subscribe", SubscribeAsync),
            ("Publish", PublishAsync),
        ];
        var times = kinds.ToDictionary(kind => kind.Kind, _ => new ConcurrentBag<double>());
        var failures = new ConcurrentDictionary<string, int>();
        var calls = new List<Task>();
        long began = Stopwatch.GetTimestamp();
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1.0 / CallsPerSecond));
        while (Stopwatch.GetElapsedTime(began) < duration && await timer.WaitForNextTickAsync(cancellationToken))
            calls.AddRange(kinds.Select(kind => TimeAsync(kind.Kind, kind.CallAsync)));
        await Task.WhenAll(calls);
        return new GoodCalls(calls.Count, times.ToDictionary(kind => kind.Key, kind => kind.Value.ToArray()), failures.ToDictionary());

        async Task TimeAsync(string kind, Func<CallOptions, Task> call)
        {
            long start = Stopwatch.GetTimestamp();
            try
            {
                await call(
                    new CallOptions(deadline: TimeProvider.System.GetUtcNow().UtcDateTime + Deadline, cancellationToken: cancellationToken)
                );
                times[kind].Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }
            catch (RpcException exception) when (!cancellationToken.IsCancellationRequested)
            {
                failures.AddOrUpdate($"{kind} {exception.StatusCode} {exception.Status.Detail}", 1, (_, count) => count + 1);
            }
        }

        async Task SubscribeAsync(CallOptions options)
        {
            using AsyncServerStreamingCall<V1.SubscribeResponse> call = channels.Subscribe(new() { Channel = "small", Last = 1 }, options);
            while (await call.ResponseStream.MoveNext(options.CancellationToken))
            {
                if (call.ResponseStream.Current.PartCase == V1.SubscribeResponse.PartOneofCase.Frame)
                    return;
            }
        }

        async Task PublishAsync(CallOptions options)
        {
            using AsyncDuplexStreamingCall<V1.PublishRequest, V1.PublishResponse> call = channels.Publish(options);
            await call.RequestStream.WriteAsync(
                new()
                {
                    Header = new()
                    {
                        Channel = "small",
                        Model = "small-8",
                        Quality = 1,
                    },
                },
                options.CancellationToken
            );
            await call.RequestStream.WriteAsync(new() { Frame = ByteString.CopyFrom(frame) }, options.CancellationToken);
            await call.RequestStream.CompleteAsync();
            while (await call.ResponseStream.MoveNext(options.CancellationToken)) { }
        }
    }
}

/// <summary>What became of a client's calls.</summary>
/// <param name="Count">How many it began.</param>
/// <param name="Times">Milliseconds of each that succeeded, by kind.</param>
/// <param name="Failures">How many failed, by kind, status and message.</param>
public sealed record GoodCalls(int Count, IReadOnlyDictionary<string, double[]> Times, IReadOnlyDictionary<string, int> Failures)
{
    /// <summary>Milliseconds of each that succeeded.</summary>
    public double[] All { get; } = [.. Times.Values.SelectMany(times => times)];

    /// <summary>The part that succeeded.</summary>
    public double Success => (double)All.Length / Count;
}
