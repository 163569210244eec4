using Codec;
using Codec.Frames;
using Codec.Server.Limits;
using Codec.Tests.Shared;
using CodecServer.Tests.Infrastructure;
using Google.Protobuf;
using Google.Rpc;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using V1 = Codec.V1;

namespace CodecServer.Tests.Services;

/// <summary>What a peer can make the server hold before a message is complete.</summary>
public sealed class MessageIntakeTests
{
    private const string ListModels = "/codec.v1.ModelService/ListModels";
    private const string Encode = "/codec.v1.CodecService/Encode";
    private const int Large = 20 << 20;

    public static TheoryData<string> SmallMethods =>
        [
            .. MalformedRequestTests
                .Methods.Select(row => row.Data)
                .Where(method =>
                    !new[] { "Encode", "EncodeStream", "Decode", "DecodeStream", "Publish", "PublishVersion", "UploadBlob" }.Contains(
                        method.Split('/')[2]
                    )
                ),
            "/grpc.health.v1.Health/Check",
        ];

    [Theory]
    [MemberData(nameof(SmallMethods))]
    public async Task SmallMethod_MessageAbove64KiB_IsRefusedByItsPrefix(string method)
    {
        await using TestServer server = await TestServer.StartAsync();
        using var call = new OpenCall(server.Address, method);
        await call.SendAsync(Prefix((64 << 10) + 1));

        // The message never arrives.
        RawAnswer answer = await call.AnswerAsync();

        Assert.Equal((int)StatusCode.InvalidArgument, answer.Status);
        Assert.Contains("at most 65536", answer.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ManyCallsThatDeclareLargeMessages_HoldNoMoreThanTheirConnectionsShareAndOthersAreServed()
    {
        await using TestServer server = await TestServer.StartAsync(
            "--bytes-in-flight",
            $"{64 << 20}",
            "--wait-seconds",
            "0",
            "--message-grace-seconds",
            "600"
        );
        await server.PublishAsync(SmallModel.Create());
        using var client = new HttpClient();
        OpenCall[] calls = [.. Enumerable.Range(0, 50).Select(_ => new OpenCall(client, server.Address, Encode))];
        await Task.WhenAll(calls.Select(call => call.SendAsync(Prefix(Large))));

        // One fits into the connection's 32 MiB; the others are refused at once.
        Task<RawAnswer>[] answers = [.. calls.Select(call => call.AnswerAsync())];
        var refused = new List<RawAnswer>();
        await foreach (Task<RawAnswer> answer in Task.WhenEach(answers))
        {
            refused.Add(await answer);
            if (refused.Count == calls.Length - 1)
                break;
        }

        Assert.All(refused, answer => Assert.Equal((int)StatusCode.ResourceExhausted, answer.Status));
        ServerLimits limits = server.App.Services.GetRequiredService<ServerLimits>();
        Assert.Equal(Large, limits.Messages.Held);
        await server.Codec.EncodeAsync(new() { Model = "small-8", Image = Publishing.ToImage(SmallModel.Image(1)) }, Rpc.Options);

        foreach (OpenCall call in calls)
            call.Dispose();

        await Waiting.UntilAsync(() => limits.Messages.Held == 0, "The return of the room", TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Encode_NoRoomForItsFile_IsRefusedWithARetryTimeAndStreamsWait()
    {
        await using TestServer server = await TestServer.StartAsync(
            "--bytes-in-flight",
            $"{8 << 20}",
            "--max-message-bytes",
            $"{8 << 20}",
            "--wait-seconds",
            "0"
        );
        await server.PublishAsync(SmallModel.Create());
        ServerLimits limits = server.App.Services.GetRequiredService<ServerLimits>();
        FairBudget.Reservation[] held =
        [
            limits.Messages.TryTake(new Payer("a", "a", "a"), 4 << 20)!,
            limits.Messages.TryTake(new Payer("b", "b", "b"), 4 << 20)!,
        ];
        var request = new V1.EncodeRequest
        {
            Model = "small-8",
            Image = new() { File = ByteString.CopyFrom(new byte[1 << 20]) },
        };

        RpcException failure = await Rpc.FailsAsync(
            StatusCode.ResourceExhausted,
            async () => await server.Codec.EncodeAsync(request, Rpc.Options)
        );
        Assert.NotNull(failure.GetRpcStatus()!.GetDetail<RetryInfo>());
        using AsyncDuplexStreamingCall<V1.EncodeRequest, V1.EncodeResponse> call = server.Codec.EncodeStream(Rpc.Options);
        Task sending = call.RequestStream.SendAsync(request);
        await Waiting.UntilAsync(() => limits.Messages.Waiting == 1, "The stream's wait", TestContext.Current.CancellationToken);
        held[0].Dispose();

        await sending;
        Assert.Equal((int)StatusCode.InvalidArgument, (await call.ResponseStream.NextAsync()).Refusal.Code);
        await call.RequestStream.CompleteAsync();
        await call.ResponseStream.CollectAsync();
        held[1].Dispose();
        await Waiting.UntilAsync(() => limits.Messages.Held == 0, "The return of the room", TestContext.Current.CancellationToken);
    }

    [Theory]
    [InlineData(ListModels, 0)]
    [InlineData(ListModels, 3)]
    [InlineData(Encode, 1000)]
    [InlineData("/codec.v1.CodecService/EncodeStream", 1000)]
    [InlineData("/codec.v1.ChannelService/Publish", 0)]
    [InlineData("/codec.v1.ModelService/UploadBlob", 0)]
    public async Task Message_ArrivesTooSlowly_EndsItsCallAndNotTheConnection(string method, int sent)
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));
        using var directory = new TemporaryDirectory();
        await using TestServer server = await TestServer.StartAsync(
            ["--message-grace-seconds", "10", "--message-bytes-per-second", "100"],
            directory.Path,
            configure: services => services.AddSingleton<TimeProvider>(time)
        );
        using var client = new HttpClient();
        using var watching = new OpenCall(client, server.Address, "/codec.v1.ModelService/WatchModels");
        await watching.SendAsync(RawCall.Frame([]), isLast: true);
        await watching.HeadersAsync();
        using var call = new OpenCall(client, server.Address, method);
        await call.SendAsync([.. Prefix(60_000), .. new byte[sent]], count: sent == 0 ? 0 : sent + 5);
        Task<RawAnswer> answer = call.AnswerAsync();

        // The wait begins at some moment after the bytes were sent.
        await time.AdvanceUntilAsync(() => answer.IsCompleted);

        Assert.Equal((int)StatusCode.Aborted, (await answer).Status);
        Assert.Contains("bytes of a message arrived", (await answer).Message, StringComparison.Ordinal);
        using var next = new OpenCall(client, server.Address, ListModels);
        await next.SendAsync(RawCall.Frame([]), isLast: true);
        Assert.Equal(0, (await next.AnswerAsync()).Status);
        Assert.False(watching.HasEnded);
    }

    [Fact]
    public async Task CompressedMessage_IsRefusedBecauseItsSizeIsNotKnown()
    {
        await using TestServer server = await TestServer.StartAsync();
        using var call = new OpenCall(server.Address, ListModels, encoding: "gzip");
        await call.SendAsync([1, 0, 0, 0, 2, 1, 2], isLast: true);

        RawAnswer answer = await call.AnswerAsync();
        Assert.Equal((int)StatusCode.InvalidArgument, answer.Status);
        Assert.Contains("send it uncompressed", answer.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DecodeStream_ClientNeverReads_HoldsItsShareOfAnswersAndIsEndedInTheEnd()
    {
        using var directory = new TemporaryDirectory();
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));
        await using TestServer server = await TestServer.StartAsync(
            ["--bytes-in-flight", $"{16 << 20}", "--max-message-bytes", $"{16 << 20}", "--max-decoded-bytes", $"{1 << 20}"],
            directory.Path,
            configure: services => services.AddSingleton<TimeProvider>(time)
        );
        await server.PublishAsync(SmallGrid.Create());
        byte[] frame = FlatFrame(side: 500);
        using var client = new HttpClient();
        OpenCall[] calls =
        [
            .. Enumerable.Range(0, 4).Select(_ => new OpenCall(client, server.Address, "/codec.v1.CodecService/DecodeStream")),
        ];
        byte[] body = [.. Enumerable.Range(0, 60).SelectMany(_ => RawCall.Frame(frame))];
        foreach (OpenCall call in calls)
            call.Send(body);
        await Task.WhenAll(calls.Select(call => call.HeadersAsync()));
        ServerLimits limits = server.App.Services.GetRequiredService<ServerLimits>();
        await Waiting.UntilAsync(() => limits.Messages.Waiting == 4, "The streams' waits", TestContext.Current.CancellationToken);
        Assert.InRange(limits.Messages.Held, 1 << 20, 8 << 20);

        // Another client is served meanwhile.
        V1.DecodeResponse other = await server.Codec.DecodeAsync(V1.DecodeRequest.Parser.ParseFrom(frame), Rpc.Options);
        Assert.Single(other.Images);

        await time.AdvanceUntilAsync(() => limits.Messages.Held == 0);

        foreach (OpenCall call in calls)
            call.Dispose();
    }

    private static byte[] Prefix(int length) => [0, (byte)(length >> 24), (byte)(length >> 16), (byte)(length >> 8), (byte)length];

    private static byte[] FlatFrame(int side)
    {
        using CodecModel model = CodecModel.Load(SmallGrid.Create());
        byte[] code = model.Encode(new byte[side * side * 3], side, side, 0);
        return new V1.DecodeRequest { Model = model.Manifest.Name, Frame = ByteString.CopyFrom(CodeFrame.Write(0, [code])) }.ToByteArray();
    }
}
