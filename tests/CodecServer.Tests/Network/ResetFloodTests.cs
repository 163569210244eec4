using Codec.Tests.Shared.Wire;
using CodecServer.Tests.Infrastructure;

namespace CodecServer.Tests.Network;

public sealed class ResetFloodTests
{
    // Kestrel logs most of such floods, not all.
    private const int Floods = 5;
    private const int Calls = 50_000;
    private const int AtOnce = 100;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>Kestrel ends the connections. The test server fails if an error is logged.</summary>
    [Fact]
    public async Task Flood_OfCallsThatAreReset_EndsItsConnectionWithoutAnErrorInTheLog()
    {
        await using TestServer server = await TestServer.StartAsync();
        for (int flood = 0; flood < Floods; flood++)
        {
            using RawConnection connection = await RawConnection.OpenAsync(server.Address, window: 1 << 16, Ct);
            Task drained = connection.DrainAsync(Ct);

            // Either sending or reading fails first.
            await Record.ExceptionAsync(() => SendAsync(connection));
            await Record.ExceptionAsync(() => drained).AsTask().WaitAsync(TimeSpan.FromMinutes(1), Ct);
        }

        await server.Models.ListModelsAsync(new(), Rpc.Options);
    }

    private static async Task SendAsync(RawConnection connection)
    {
        foreach (int[] calls in Enumerable.Range(0, Calls).Chunk(AtOnce))
            await connection.WriteAsync(calls.SelectMany(Begun).ToArray(), Ct);
    }

    private static byte[] Begun(int call) =>
        [.. RawConnection.OpenCall(2 * call + 1, "/codec.v1.ModelService/ListModels", []), .. RawConnection.Reset(2 * call + 1)];
}
