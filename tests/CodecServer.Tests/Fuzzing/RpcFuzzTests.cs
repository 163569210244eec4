using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using Codec;
using Codec.Models;
using Codec.Server.Services;
using Codec.Tests.Shared;
using Codec.Tests.Shared.Processes;
using CodecServer.Tests.Infrastructure;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;
using V1 = Codec.V1;

namespace CodecServer.Tests.Fuzzing;

/// <summary>
/// Calls every RPC of a server process with messages and framing that no client sends. Each call ends in a status of docs/statuses.md, on
/// a connection that stays; the server logs no error, keeps within its memory, and serves as before.
/// </summary>
/// <remarks><c>make fuzz N=100000 SEED=7</c> makes more calls, with other values.</remarks>
public sealed class RpcFuzzTests
{
    private const int Calls = 10_000;
    private const int Connections = 4;
    private const int Concurrent = 24;
    private const long MaxBytes = 512L << 20;

    /// <summary>How long a stream without an end is read.</summary>
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(20);

    /// <summary>A call that takes longer hangs.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private static readonly ModelPackage Fuzzed = SmallModel.Create();
    private static readonly ModelPackage Golden = SmallModel.Create("golden-8");

    private static readonly StatusCode[] Documented =
    [
        StatusCode.OK,
        StatusCode.InvalidArgument,
        StatusCode.NotFound,
        StatusCode.AlreadyExists,
        StatusCode.FailedPrecondition,
        StatusCode.Aborted,
        StatusCode.OutOfRange,
        StatusCode.ResourceExhausted,
        StatusCode.DataLoss,
    ];

    private static readonly MethodDescriptor[] Methods =
    [
        .. new[]
        {
            V1.ModelService.Descriptor,
            V1.CodecService.Descriptor,
            V1.ChannelService.Descriptor,
            Health.Descriptor,
            Grpc.Reflection.V1.ServerReflection.Descriptor,
            Grpc.Reflection.V1Alpha.ServerReflection.Descriptor,
        }.SelectMany(service => service.Methods),
    ];

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>Each method that the server answers has a rule, by a test of the rules: a new one is fuzzed, or this fails.</summary>
    [Fact]
    public void Methods_OfTheFuzzing_AreAllThatTheServerAnswers() =>
        Assert.Equal(
            CallRules.All.Keys.Order(StringComparer.Ordinal),
            Methods.Select(method => $"/{method.Service.FullName}/{method.Name}").Order(StringComparer.Ordinal)
        );

    [Fact]
    public async Task EveryRpc_MalformedMessages_EndInDocumentedStatusesAndHarmNobody()
    {
        int calls = Setting("CODEC_FUZZ_CALLS", Calls);
        int seed = Setting("CODEC_FUZZ_SEED", 13);
        await using ServerProcess server = await ServerProcess.StartAsync(
            new ServerSettings { Arguments = ["--Logging:LogLevel:Default", "Warning", "--reflection"] },
            Ct
        );
        using GrpcChannel channel = GrpcChannel.ForAddress(server.Address);
        byte[] expected = await PrepareAsync(channel);

        // Nothing of the golden model is among the words, so that no call can change it.
        var words = new FuzzWords(Fuzzed, "of-small-8", expected);
        int connections = 0;
        HttpClient[] clients = [.. Enumerable.Range(0, Connections).Select(_ => Connect(() => Interlocked.Increment(ref connections)))];
        var failures = new ConcurrentQueue<string>();
        var statuses = new ConcurrentDictionary<StatusCode, int>();

        await Parallel.ForEachAsync(
            Enumerable.Range(0, calls),
            new ParallelOptions { MaxDegreeOfParallelism = Concurrent, CancellationToken = Ct },
            async (number, _) =>
            {
                var call = FuzzCase.Create(seed, number, Methods[number % Methods.Length], words);
                string? failure = await FailureAsync(clients[number % Connections], server.Address, call, statuses);
                if (failure is not null)
                {
                    failures.Enqueue(
                        $"{failure}: seed {seed}, call {number}, {call.Method.FullName}, {call.What}, {Convert.ToBase64String(call.Body)}"
                    );
                }
            }
        );

        TestContext.Current.SendDiagnosticMessage(
            $"{calls} calls: {string.Join(", ", statuses.OrderBy(pair => pair.Key).Select(pair => $"{pair.Key} {pair.Value}"))}; "
                + $"peak {server.PeakBytes >> 20} MiB"
        );
        foreach (HttpClient client in clients)
            client.Dispose();

        Assert.True(failures.IsEmpty, $"{failures.Count} failures\n{string.Join('\n', failures.Take(10))}");
        Assert.Equal(Connections, connections);
        Assert.False(server.HasExited);
        Assert.Equal(expected, await EncodeAsync(channel));
        Assert.Equal(1, await PublishAsync(channel));
        Assert.DoesNotContain("fail:", server.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("crit:", server.Output, StringComparison.Ordinal);
        if (OperatingSystem.IsLinux())
            Assert.InRange(server.PeakBytes, 1, MaxBytes);
    }

    private static int Setting(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out int value) ? value : otherwise;

    private static HttpClient Connect(Action connected) =>
        new(
            new SocketsHttpHandler
            {
                ConnectCallback = async (context, cancellationToken) =>
                {
                    connected();
                    var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                    await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
                    return new NetworkStream(socket, ownsSocket: true);
                },
            }
        );

    /// <summary>Makes one call; returns what is wrong with its end, or null.</summary>
    private static async Task<string?> FailureAsync(
        HttpClient client,
        string address,
        FuzzCase call,
        ConcurrentDictionary<StatusCode, int> statuses
    )
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        end.CancelAfter(Patience);
        using var request = new HttpRequestMessage(
            HttpMethod.Post,
            new Uri(new Uri(address), $"/{call.Method.Service.FullName}/{call.Method.Name}")
        )
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(call.Body),
        };
        request.Headers.TE.Add(new TransferCodingWithQualityHeaderValue("trailers"));
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        if (call.Encoding is not null)
            request.Headers.Add("grpc-encoding", call.Encoding);

        bool isEndless = call.Method is { IsServerStreaming: true, IsClientStreaming: false };
        bool hasBegun = false;
        try
        {
            using HttpResponseMessage response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, end.Token);
            hasBegun = true;
            if (isEndless)
                end.CancelAfter(Glance);

            await response.Content.CopyToAsync(Stream.Null, end.Token);
            var status = (StatusCode)RawCall.AnswerOf(response).Status;
            statuses.AddOrUpdate(status, 1, (_, count) => count + 1);
            bool isDocumented = Documented.Contains(status) || (status == StatusCode.Unimplemented && call.Encoding is not null);
            return isDocumented ? null : $"{status} {RawCall.AnswerOf(response).Message}";
        }
        catch (OperationCanceledException) when (isEndless && hasBegun && !Ct.IsCancellationRequested)
        {
            // It was accepted; nothing more is to come.
            statuses.AddOrUpdate(StatusCode.OK, 1, (_, count) => count + 1);
            return null;
        }
        catch (OperationCanceledException) when (!Ct.IsCancellationRequested)
        {
            return $"no end in {Patience.TotalSeconds:0} s";
        }
        catch (HttpRequestException exception)
        {
            return $"the call was reset: {exception.Message}";
        }
    }

    /// <summary>Publishes both models and a channel of each; returns the golden code.</summary>
    private static async Task<byte[]> PrepareAsync(GrpcChannel channel)
    {
        var models = new V1.ModelService.ModelServiceClient(channel);
        var channels = new V1.ChannelService.ChannelServiceClient(channel);
        foreach (ModelPackage package in new[] { Fuzzed, Golden })
        {
            foreach ((Digest digest, ReadOnlyMemory<byte> bytes) in package.Blobs)
            {
                var blob = new V1.BlobRef { Digest = digest.Hex, Size = bytes.Length };
                if (!(await models.QueryBlobAsync(new() { Blob = blob }, Rpc.Options)).Complete)
                    await models.UploadAsync(blob, bytes.ToArray());
            }

            await models.PublishVersionAsync(new() { Manifest = ByteString.CopyFrom(package.ManifestBytes.Span) }, Rpc.Options);
            await models.SetAliasAsync(
                new()
                {
                    Model = package.Manifest.Name,
                    Name = "live",
                    Digest = package.Version.Hex,
                },
                Rpc.Options
            );
            await channels.CreateChannelAsync(new() { Name = $"of-{package.Manifest.Name}" }, Rpc.Options);
        }

        return await EncodeAsync(channel);
    }

    private static async Task<byte[]> EncodeAsync(GrpcChannel channel) =>
        (
            await new V1.CodecService.CodecServiceClient(channel).EncodeAsync(
                new()
                {
                    Model = "golden-8",
                    Quality = 1,
                    Image = Publishing.ToImage(SmallModel.Image(1)),
                },
                Rpc.Options
            )
        ).Code.ToByteArray();

    private static async Task<long> PublishAsync(GrpcChannel channel)
    {
        using AsyncDuplexStreamingCall<V1.PublishRequest, V1.PublishResponse> call = new V1.ChannelService.ChannelServiceClient(
            channel
        ).Publish(Rpc.Options);
        await call.RequestStream.SendAsync(
            new()
            {
                Header = new() { Channel = "of-golden-8", Model = "golden-8" },
            }
        );
        await call.ResponseStream.NextAsync();
        await call.RequestStream.SendAsync(new() { Image = Publishing.ToImage(SmallModel.Image(1)) });
        return (await call.ResponseStream.NextAsync()).FirstSequence;
    }
}
