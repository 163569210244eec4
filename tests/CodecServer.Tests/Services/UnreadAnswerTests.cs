using Codec;
using Codec.Frames;
using Codec.Tests.Shared;
using Codec.Tests.Shared.Wire;
using CodecServer.Tests.Infrastructure;
using Google.Protobuf;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using V1 = Codec.V1;

namespace CodecServer.Tests.Services;

/// <summary>Answers that a caller does not take.</summary>
public sealed class UnreadAnswerTests
{
    private const int EnhanceYourCalm = 11;
    private const string Decode = "/codec.v1.CodecService/Decode";

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

    private static byte[] Request(int side)
    {
        using CodecModel model = CodecModel.Load(SmallGrid.Create());
        byte[] code = model.Encode(SmallGrid.Image(side, side, 1), side, side, 1);
        return new V1.DecodeRequest { Model = model.Manifest.Name, Frame = ByteString.CopyFrom(CodeFrame.Write(1, [code])) }.ToByteArray();
    }
}
