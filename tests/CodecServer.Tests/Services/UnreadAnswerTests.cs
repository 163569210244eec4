using Codec;
using Codec.Frames;
using Codec.Server.Services;
using Codec.Tests.Shared;
using Codec.Tests.Shared.Wire;
using CodecServer.Tests.Infrastructure;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using V1 = Codec.V1;

namespace CodecServer.Tests.Services;

/// <summary>Answers that a caller does not take.</summary>
public sealed class UnreadAnswerTests
{
    private const int EnhanceYourCalm = 11;
    private const int RefusedStream = 7;
    private const string Decode = "/codec.v1.CodecService/Decode";
    private const string DecodeStream = "/codec.v1.CodecService/DecodeStream";
    private const string Download = "/codec.v1.ModelService/DownloadBlob";
    private const string Watch = "/codec.v1.ModelService/WatchModels";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>
    /// Such an answer fits into the connection's buffers, which would stay after the call ended: a hundred of them on each connection.
    /// </summary>
    [Fact]
    public async Task UnaryAnswer_OfSomeKilobytesThatIsNotRead_EndsInTime()
    {
        using var directory = new TemporaryDirectory();
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using TestServer server = await TestServer.StartAsync(
            [],
            directory.Path,
            configure: services => services.AddSingleton<TimeProvider>(time)
        );
        await server.PublishAsync(SmallGrid.Create());
        using RawConnection connection = await RawConnection.OpenAsync(server.Address, window: 0, Ct);

        await connection.CallAsync(1, Decode, Request(side: 100), "http", Ct);
        Assert.Equal(RawFrame.Headers, (await connection.NextAsync(Ct)).Type);
        Task<RawFrame> end = connection.NextAsync(Ct);
        await time.AdvanceUntilAsync(() => end.IsCompleted);

        RawFrame reset = await end;
        Assert.Equal((RawFrame.Reset, EnhanceYourCalm), (reset.Type, reset.Code));
    }

    /// <summary>No stream needs to measure the time itself.</summary>
    [Theory]
    [InlineData(DecodeStream)]
    [InlineData(Download)]
    [InlineData(Watch)]
    public async Task Stream_WhoseAnswersAreNotRead_EndsInTime(string method)
    {
        using var directory = new TemporaryDirectory();
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using TestServer server = await TestServer.StartAsync(
            ["--max-aliases", "200"],
            directory.Path,
            configure: services => services.AddSingleton<TimeProvider>(time)
        );
        byte[] request = await PrepareAsync(server, method);
        using RawConnection connection = await RawConnection.OpenAsync(server.Address, window: 1, Ct);

        await connection.CallAsync(1, method, request, "http", Ct);
        Assert.Equal(RawFrame.Headers, (await connection.NextAsync(Ct)).Type);
        Assert.Equal(RawFrame.Data, (await connection.NextAsync(Ct)).Type);
        Task<RawFrame> end = connection.NextAsync(Ct);
        await time.AdvanceUntilAsync(() => end.IsCompleted);

        RawFrame reset = await end;
        Assert.Equal((RawFrame.Reset, EnhanceYourCalm), (reset.Type, reset.Code));
    }

    /// <summary>Clients read the code as UNAVAILABLE, the status that they could not read.</summary>
    [Fact]
    public async Task Stream_WhoseAnswersAreNotReadWhenTheServerStops_IsRefused()
    {
        await using TestServer server = await TestServer.StartAsync();
        byte[] request = await PrepareAsync(server, Download);
        using RawConnection connection = await RawConnection.OpenAsync(server.Address, window: 1, Ct);
        await connection.CallAsync(1, Download, request, "http", Ct);
        Assert.Equal(RawFrame.Headers, (await connection.NextAsync(Ct)).Type);
        Assert.Equal(RawFrame.Data, (await connection.NextAsync(Ct)).Type);

        Task stopping = server.StopAsync();
        RawFrame reset = await connection.NextAsync(Ct);
        await stopping;

        Assert.Equal((RawFrame.Reset, RefusedStream), (reset.Type, reset.Code));
    }

    /// <summary>gRPC resets a call whose answer is written with a token that was canceled before: its status would be lost.</summary>
    [Fact]
    public async Task WriteAsync_StreamThatHasEnded_WritesNothing()
    {
        var writer = new Answers();
        var answers = new AnswerWriter<int>(writer, context: null!, TimeSpan.FromSeconds(1), TimeProvider.System);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answers.WriteAsync(1, new CancellationToken(canceled: true)));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            answers.WriteAtAnyPaceAsync(2, new CancellationToken(canceled: true))
        );
        await answers.WriteAsync(3, Ct);

        Assert.Equal([3], writer.Written);
    }

    /// <summary>A proxy that ends TLS passes the scheme of its callers on.</summary>
    [Fact]
    public async Task Call_SchemeHttpsOverClearText_IsServed()
    {
        await using TestServer server = await TestServer.StartAsync();
        await server.PublishAsync(SmallGrid.Create());
        using RawConnection connection = await RawConnection.OpenAsync(server.Address, window: 1 << 16, Ct);

        await connection.CallAsync(1, Decode, Request(side: 8), "https", Ct);

        Assert.Equal(RawFrame.Headers, (await connection.NextAsync(Ct)).Type);
        Assert.Equal(RawFrame.Data, (await connection.NextAsync(Ct)).Type);
    }

    /// <summary>Makes a server have more than 16 KiB of answers to a request, which is returned.</summary>
    private static async Task<byte[]> PrepareAsync(TestServer server, string method)
    {
        await server.PublishAsync(SmallGrid.Create());
        switch (method)
        {
            case Download:
                byte[] blob = Blobs.Random(200_000, seed: 1);
                await server.Models.UploadAsync(blob);
                return new V1.DownloadBlobRequest { Digest = Blobs.Ref(blob).Digest }.ToByteArray();
            case Watch:
                V1.Version version = (await server.Models.GetVersionAsync(new() { Model = "small-grid" }, Rpc.Options)).Version;
                for (int i = 0; i < 150; i++)
                {
                    await server.Models.SetAliasAsync(
                        new()
                        {
                            Model = version.Model,
                            Name = $"alias-{i}",
                            Digest = version.Digest,
                        },
                        Rpc.Options
                    );
                }

                return new V1.WatchModelsRequest().ToByteArray();
            default:
                return Request(side: 200);
        }
    }

    private static byte[] Request(int side)
    {
        using CodecModel model = CodecModel.Load(SmallGrid.Create());
        byte[] code = model.Encode(SmallGrid.Image(side, side, 1), side, side, 1);
        return new V1.DecodeRequest { Model = model.Manifest.Name, Frame = ByteString.CopyFrom(CodeFrame.Write(1, [code])) }.ToByteArray();
    }

    private sealed class Answers : IServerStreamWriter<int>
    {
        public List<int> Written { get; } = [];

        public WriteOptions? WriteOptions { get; set; }

        public Task WriteAsync(int message)
        {
            Written.Add(message);
            return Task.CompletedTask;
        }
    }
}
