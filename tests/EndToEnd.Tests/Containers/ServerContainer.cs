using System.Globalization;
using System.Text.Json;
using Codec.Client;
using Codec.Tests.Shared;
using Docker.DotNet.Models;
using DotNet.Testcontainers.Builders;
using DotNet.Testcontainers.Configurations;
using DotNet.Testcontainers.Containers;
using DotNet.Testcontainers.Networks;
using DotNet.Testcontainers.Volumes;

namespace EndToEnd.Tests.Containers;

/// <summary>
/// The server's image in a container as confined as a pod: read-only but for its volume, without capabilities, as its own user. Disposing
/// it fails the test if the server logged an error.
/// </summary>
internal sealed class ServerContainer : IAsyncDisposable
{
    /// <summary>The server's name on a container network.</summary>
    public const string Alias = "codec-server";

    public const int Port = 5080;

    private readonly IContainer _container;
    private readonly IVolume _volume;

    private ServerContainer(IContainer container, IVolume volume, string scheme, int port)
    {
        (_container, _volume) = (container, volume);
        Address = new Uri(string.Create(CultureInfo.InvariantCulture, $"{scheme}://127.0.0.1:{port}"));
    }

    /// <summary>The address on this machine, the same after each start.</summary>
    public Uri Address { get; }

    public string Id => _container.Id;

    /// <summary>Creates and starts a container on a new volume; returns before the server is healthy.</summary>
    /// <param name="images">The images.</param>
    /// <param name="network">A network on which other containers call it; null for none.</param>
    /// <param name="tls">
    /// A folder with tls.crt and tls.key, mounted as a pod's Secret; such a server speaks TLS and needs credentials. Null serves everyone
    /// in clear text.
    /// </param>
    /// <param name="options">Further options of the server.</param>
    public static async Task<ServerContainer> StartAsync(
        Images images,
        INetwork? network = null,
        string? tls = null,
        params (string Option, string Value)[] options
    )
    {
        string image = await images.ServerAsync();
        int port = Ports.Free();
        IVolume volume = new VolumeBuilder().Build();
        ContainerBuilder builder = new ContainerBuilder(image)
            .WithVolumeMount(volume, "/data")
            // The tests publish their own models.
            .WithEnvironment("Codec__Models__ShippedModels", "")
            .WithWaitStrategy(Wait.ForUnixContainer())
            .WithCreateParameterModifier(parameters =>
            {
                HostConfig host = parameters.HostConfig ??= new HostConfig();
                host.ReadonlyRootfs = true;
                host.CapDrop = ["ALL"];
                host.SecurityOpt = ["no-new-privileges"];
                host.PortBindings = new Dictionary<string, IList<PortBinding>>
                {
                    [string.Create(CultureInfo.InvariantCulture, $"{Port}/tcp")] =
                    [
                        new PortBinding { HostIP = "127.0.0.1", HostPort = port.ToString(CultureInfo.InvariantCulture) },
                    ],
                };
                // Run the image's own health check more often.
                parameters.Healthcheck = new HealthcheckConfig { Interval = TimeSpan.FromSeconds(1) };
            });
        builder = tls is null
            ? builder.WithEnvironment("Codec__Identity__AllowAnonymous", "true")
            : builder
                .WithBindMount(tls, "/tls", AccessMode.ReadOnly)
                .WithEnvironment("Codec__Listen", $"https://*:{Port}")
                .WithEnvironment("Codec__Tls__Certificate", "/tls/tls.crt")
                .WithEnvironment("Codec__Tls__Key", "/tls/tls.key")
                .WithEnvironment("Codec__Identity__KeysFile", "/credentials/credentials.json");
        builder = options.Aggregate(builder, (current, option) => current.WithEnvironment(option.Option, option.Value));
        builder = network is null ? builder : builder.WithNetwork(network).WithNetworkAliases(Alias);

        var server = new ServerContainer(builder.Build(), volume, tls is null ? "http" : "https", port);
        await server._container.StartAsync(TestContext.Current.CancellationToken);
        return server;
    }

    /// <summary>A client on this machine without a cache.</summary>
    public CodecClient Connect(Func<CodecClientOptions, CodecClientOptions>? configure = null)
    {
        var options = new CodecClientOptions
        {
            Address = Address,
            CacheDirectory = null,
            Identity = "anna",
        };
        return new CodecClient(configure?.Invoke(options) ?? options);
    }

    /// <summary>Waits until the image's health check reports that the server is serving.</summary>
    public Task WhenHealthyAsync() =>
        Waiting.UntilAsync(
            async () => await InspectAsync("{{.State.Health.Status}}") == "healthy",
            "The container's health",
            TestContext.Current.CancellationToken
        );

    /// <summary>Evaluates a Go template over the engine's description of the container.</summary>
    public Task<string> InspectAsync(string template) => Docker.RunAsync("inspect", "--format", template, Id);

    /// <summary>Sends SIGKILL.</summary>
    public Task KillAsync() => Docker.RunAsync("kill", Id);

    /// <summary>Sends SIGTERM, and SIGKILL after the grace period.</summary>
    public Task StopAsync(int graceSeconds) => Docker.RunAsync("stop", "--time", graceSeconds.ToString(CultureInfo.InvariantCulture), Id);

    public Task StartAgainAsync() => Docker.RunAsync("start", Id);

    /// <summary>Freezes the container. The engine gives up where processes are too busy to be frozen in time: it is asked again.</summary>
    public async Task PauseAsync()
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                await Docker.RunAsync("pause", Id);
                return;
            }
            catch (InvalidOperationException failure)
                when (attempt < 10 && failure.Message.Contains("unable to freeze", StringComparison.Ordinal)) { }
        }
    }

    public Task ResumeAsync() => Docker.RunAsync("unpause", Id);

    /// <summary>Runs a command inside the container.</summary>
    public async Task<(long? Status, string Output)> ExecuteAsync(params string[] command)
    {
        ExecResult result = await _container.ExecAsync(command, TestContext.Current.CancellationToken);
        return (result.ExitCode, result.Stdout.Trim() + result.Stderr.Trim());
    }

    /// <summary>Reads the log: one JSON object a line.</summary>
    public async Task<IReadOnlyList<(string Level, string Line)>> ReadLogAsync()
    {
        (string output, string errors) = await _container.GetLogsAsync(timestampsEnabled: false);
        return
        [
            .. $"{output}\n{errors}"
                .Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
                .Select(line => (Level(line), line)),
        ];
    }

    public async ValueTask DisposeAsync()
    {
        IReadOnlyList<(string Level, string Line)> log = await ReadLogAsync();
        await _container.DisposeAsync();
        await _volume.DisposeAsync();
        string[] unexpected =
        [
            .. log.Where(entry => entry.Level is not ("Information" or "Debug") && !IsExpected(entry.Line)).Select(entry => entry.Line),
        ];
        Assert.True(unexpected.Length == 0, $"The server logged what it should not:\n{string.Join('\n', unexpected)}");
    }

    /// <summary>
    /// Whether a warning is expected: Kestrel's of a late heartbeat reports a busy machine, and the server's of --allow-anonymous, or of
    /// keys that are still to be created, what these tests set.
    /// </summary>
    private static bool IsExpected(string line) =>
        line.Contains("the heartbeat has been running for", StringComparison.Ordinal)
        || line.Contains("\"Message\":\"--allow-anonymous: ", StringComparison.Ordinal)
        || line.Contains("\"Message\":\"No caller can prove a name yet", StringComparison.Ordinal);

    /// <summary>A line that is not JSON, such as a crash's, counts as an error.</summary>
    private static string Level(string line)
    {
        try
        {
            return JsonDocument.Parse(line).RootElement.GetProperty("LogLevel").GetString()!;
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return "none";
        }
    }
}
