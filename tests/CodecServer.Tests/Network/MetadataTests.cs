using System.Text;
using Codec.Tests.Shared.Wire;
using CodecServer.Tests.Infrastructure;

namespace CodecServer.Tests.Network;

/// <summary>What a call with too much metadata ends: itself, and the whole connection only above twice the limit.</summary>
public sealed class MetadataTests
{
    private const string ListModels = "/codec.v1.ModelService/ListModels";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1, 33_000)]
    [InlineData(1, 40_000)]
    [InlineData(1, 64_000)]
    [InlineData(10, 3_500)]
    [InlineData(18, 3_500)]
    [InlineData(101, 1)]
    public async Task Call_UpToTwiceTheLimit_IsRefusedAloneWith431(int fields, int length)
    {
        await using TestServer server = await TestServer.StartAsync();
        using RawConnection connection = await RawConnection.OpenAsync(server.Address, window: 1 << 16, Ct);

        await connection.WriteAsync(RawConnection.OpenCall(1, ListModels, [], Fields(fields, length)), Ct);

        Assert.Contains("431", Encoding.ASCII.GetString((await HeadersAsync(connection, stream: 1)).Payload), StringComparison.Ordinal);
        await connection.CallAsync(3, ListModels, [], "http", Ct);
        Assert.DoesNotContain(
            "431",
            Encoding.ASCII.GetString((await HeadersAsync(connection, stream: 3)).Payload),
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData(1, 70_000)]
    [InlineData(20, 3_500)]
    public async Task Call_AboveTwiceTheLimit_EndsItsConnectionAndNoOther(int fields, int length)
    {
        await using TestServer server = await TestServer.StartAsync();
        using RawConnection connection = await RawConnection.OpenAsync(server.Address, window: 1 << 16, Ct);

        // The server may close the connection before all of it is sent.
        await Assert.ThrowsAnyAsync<IOException>(async () =>
        {
            await connection.WriteAsync(RawConnection.OpenCall(1, ListModels, [], Fields(fields, length)), Ct);
            while (true)
                Assert.NotEqual(RawFrame.Headers, (await connection.NextAsync(Ct)).Type);
        });

        await server.Models.ListModelsAsync(new(), Rpc.Options);
    }

    private static (string Name, string Value)[] Fields(int count, int length) =>
        [.. Enumerable.Range(0, count).Select(i => ($"x-{i}", new string('y', length)))];

    private static async Task<RawFrame> HeadersAsync(RawConnection connection, int stream)
    {
        while (true)
        {
            RawFrame frame = await connection.NextAsync(Ct);
            if (frame.Stream == stream && frame.Type == RawFrame.Headers)
                return frame;
        }
    }
}
