using Codec.Tests.Shared;
using Codec.Tests.Shared.Processes;
using CodecServer.Tests.Infrastructure;
using Google.Protobuf;
using Grpc.Core;

namespace CodecServer.Tests.Processes;

/// <summary>A server process whose heap is too small for what its limits allow.</summary>
public sealed class OutOfMemoryTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Encode_MoreThanTheHeap_EndsTheProcessesLiveness()
    {
        const int Side = 2600;
        await using CalledServer server = await CalledServer.StartAsync(
            new ServerSettings
            {
                ShippedModels = true,
                Arguments = ["--operations-listen", "http://127.0.0.1:0"],
                Environment = new Dictionary<string, string> { ["DOTNET_GCHeapHardLimit"] = "0x3000000" },
            }
        );
        using var client = new HttpClient();
        ByteString pixels = UnsafeByteOperations.UnsafeWrap(new byte[Side * Side * 3]);
        Assert.StartsWith("Healthy", await LiveAsync(), StringComparison.Ordinal);

        await Waiting.UntilAsync(
            async () =>
            {
                try
                {
                    await server.Codec.EncodeAsync(
                        new()
                        {
                            Model = "photos",
                            Image = new()
                            {
                                Pixels = new()
                                {
                                    Width = Side,
                                    Height = Side,
                                    Channels = 3,
                                    Data = pixels,
                                },
                            },
                        },
                        Rpc.Options
                    );
                }
                catch (RpcException)
                {
                    // Memory ran out.
                }

                return server.Process.HasExited || (await LiveAsync()).Contains("Memory ran out", StringComparison.Ordinal);
            },
            "The end of the liveness, or of the process",
            Ct
        );

        async Task<string> LiveAsync()
        {
            try
            {
                using HttpResponseMessage answer = await client.GetAsync($"{server.Process.OperationsAddress}/healthz/live", Ct);
                return await answer.Content.ReadAsStringAsync(Ct);
            }
            catch (HttpRequestException)
            {
                // Not even the probe has memory for its answer.
                return "";
            }
        }
    }
}
