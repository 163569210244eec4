using Codec.Server;
using Codec.Tests.Shared;
using Codec.Tests.Shared.Processes;
using Grpc.Health.V1;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using V1 = Codec.V1;

namespace CodecServer.Tests.Infrastructure;

/// <summary>
/// The real server on a free loopback port, with its own data directory. Disposing it fails the test if an error was logged.
/// </summary>
internal sealed class TestServer : IAsyncDisposable
{
    private readonly TemporaryDirectory? _directory;
    private readonly GrpcChannel _channel;
    private readonly ErrorLog _errors;
    private readonly int[] _expectedErrors;
    private bool _stopped;

    private TestServer(WebApplication app, TemporaryDirectory? directory, ErrorLog errors, int[] expectedErrors)
    {
        App = app;
        _directory = directory;
        _errors = errors;
        _expectedErrors = expectedErrors;
        Address = app.Urls.First();
        OperationsAddress = app.Urls.ElementAtOrDefault(1);
        _channel = GrpcChannel.ForAddress(Address, new GrpcChannelOptions { MaxReceiveMessageSize = 16 << 20 });
        Models = new V1.ModelService.ModelServiceClient(_channel);
        Codec = new V1.CodecService.CodecServiceClient(_channel);
        Channels = new V1.ChannelService.ChannelServiceClient(_channel);
        Health = new Health.HealthClient(_channel);
    }

    public WebApplication App { get; }

    public string Address { get; }

    /// <summary>Where the server listens for operations; null if its arguments name no such address.</summary>
    public string? OperationsAddress { get; }

    /// <summary>The errors that were logged.</summary>
    public ErrorLog Errors => _errors;

    /// <summary>Calls any service of the server.</summary>
    public Grpc.Core.CallInvoker Invoker => _channel.CreateCallInvoker();

    public V1.ModelService.ModelServiceClient Models { get; }

    public V1.CodecService.CodecServiceClient Codec { get; }

    public V1.ChannelService.ChannelServiceClient Channels { get; }

    public Health.HealthClient Health { get; }

    public static Task<TestServer> StartAsync(params string[] args) => StartAsync(args, dataDirectory: null);

    /// <param name="args">The command line.</param>
    /// <param name="dataDirectory">A directory to use; null for one that lives as long as the server.</param>
    /// <param name="expectedErrors">Event ids that may be logged as errors.</param>
    /// <param name="configure">Changes to the server's services.</param>
    public static async Task<TestServer> StartAsync(
        IEnumerable<string> args,
        string? dataDirectory,
        int[]? expectedErrors = null,
        Action<IServiceCollection>? configure = null
    )
    {
        TemporaryDirectory? own = dataDirectory is null ? new TemporaryDirectory() : null;
        var errors = new ErrorLog();
        string[] all =
        [
            .. ServerSettings.Complete(
                [.. args],
                ("--listen", "http://127.0.0.1:0"),
                ("--data-directory", dataDirectory ?? own!.Path),
                ("--shipped-models", "")
            ),
        ];
        WebApplication app = ServerApplication.Build(
            CommandLine.Parse(all).Settings,
            builder =>
            {
                builder.Logging.ClearProviders().AddProvider(errors);
                configure?.Invoke(builder.Services);
            }
        );
        await app.StartAsync();
        return new TestServer(app, own, errors, expectedErrors ?? []);
    }

    /// <summary>Stops the server as SIGTERM does.</summary>
    public async Task StopAsync()
    {
        if (!_stopped)
        {
            _stopped = true;
            await App.StopAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        _channel.Dispose();
        await StopAsync();
        await App.DisposeAsync();
        _directory?.Dispose();
        _errors.VerifyNoErrors(_expectedErrors);
    }
}
