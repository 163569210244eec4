using Codec.Tests.Shared;
using Codec.Tests.Shared.Processes;
using CodecServer.Tests.Infrastructure;
using CodecServer.Tests.Network;
using CodecServer.Tests.Processes;
using Grpc.Core;
using V1 = Codec.V1;

namespace CodecServer.Tests.Telemetry;

/// <summary>The scrape of a server process that has done each kind of work, while a subscriber reads.</summary>
public sealed class WorkedServer : IAsyncLifetime
{
    private Scrape? _scrape;

    internal Scrape Scrape => _scrape!;

    public async ValueTask InitializeAsync()
    {
        CancellationToken cancellationToken = TestContext.Current.CancellationToken;
        using var tls = new TlsFolder();
        var settings = new ServerSettings
        {
            Address = "https://127.0.0.1:0",
            ShippedModels = true,
            Arguments =
            [
                "--operations-listen",
                "http://127.0.0.1:0",
                "--tls-certificate",
                tls.Certificate,
                "--tls-key",
                tls.Key,
                "--sweep-seconds",
                "1",
            ],
        };
        await using CalledServer server = await CalledServer.StartAsync(settings, address => tls.Connect(address));

        // The first start publishes the models, the second one loads them from the store.
        await server.Process.KillAndRestartAsync(cancellationToken);
        await WorkingServer.WorkAsync(server);
        using AsyncServerStreamingCall<V1.SubscribeResponse> subscriber = server.Channels.Subscribe(
            new() { Channel = "faces", Now = true },
            Rpc.Options
        );
        await subscriber.PositionAsync();
        await Waiting.UntilAsync(
            async () =>
            {
                // The client ends the call at the same time: the server counts a canceled call where it hears of that first.
                await FailAsync(server, cancellationToken);
                _scrape = await Scrape.OfAsync(server.Process.OperationsAddress!, cancellationToken);
                return _scrape.Types.ContainsKey("codec_chore_duration_seconds")
                    && _scrape.LabelsOf("rpc_server_call_duration_seconds").Contains("error_type");
            },
            "The first chore and the failed call",
            cancellationToken
        );

        // The server may end the last failed call later than its client does.
        await Waiting.UntilAsync(
            async () =>
            {
                _scrape = await Scrape.OfAsync(server.Process.OperationsAddress!, cancellationToken);
                return _scrape.Sum("codec_call_active", ("rpc_method", "codec.v1.ChannelService/Subscribe")) == 1;
            },
            "The end of the failed calls",
            cancellationToken
        );
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>Makes a call that ends with its deadline.</summary>
    private static Task<RpcException> FailAsync(CalledServer server, CancellationToken cancellationToken) =>
        Rpc.FailsAsync(
            StatusCode.DeadlineExceeded,
            async () =>
            {
                DateTime end = TimeProvider.System.GetUtcNow().UtcDateTime.AddMilliseconds(100);
                using AsyncServerStreamingCall<V1.SubscribeResponse> late = server.Channels.Subscribe(
                    new() { Channel = "faces", Now = true },
                    Rpc.Options.WithDeadline(end)
                );
                while (await late.ResponseStream.MoveNext(cancellationToken))
                {
                    // It ends with its deadline.
                }
            }
        );
}

/// <summary>Tests that read one server's scrape.</summary>
[CollectionDefinition]
public sealed class WorkedServerTests : ICollectionFixture<WorkedServer>;
