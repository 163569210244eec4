using Codec.Server;
using Codec.Tests.Shared;
using CodecServer.Tests.Infrastructure;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace CodecServer.Tests.Identity;

/// <summary>A server that needs credentials, on a fake clock, with the command that creates and revokes keys beside it.</summary>
internal sealed class IdentityServer : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory;

    private IdentityServer(TemporaryDirectory directory, TestServer server, FakeTimeProvider time) =>
        (_directory, Server, Time) = (directory, server, time);

    public TestServer Server { get; }

    public FakeTimeProvider Time { get; }

    public string DataDirectory => _directory.Path;

    public AuditRecorder Audit { get; private init; } = new();

    /// <summary>Starts a server. It needs credentials once a key was created, or if the arguments say so.</summary>
    public static Task<IdentityServer> StartAsync(params string[] args) => StartAsync([], args);

    /// <param name="expectedErrors">Event ids that may be logged as errors.</param>
    /// <param name="args">The command line.</param>
    public static async Task<IdentityServer> StartAsync(int[] expectedErrors, string[] args)
    {
        var directory = new TemporaryDirectory();
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        var audit = new AuditRecorder();
        TestServer server = await TestServer.StartAsync(
            args,
            directory.Path,
            expectedErrors,
            configure: services => services.AddSingleton<TimeProvider>(time).AddLogging(logging => logging.AddProvider(audit))
        );
        return new IdentityServer(directory, server, time) { Audit = audit };
    }

    /// <summary>Creates a key as the command does, and lets the server notice it.</summary>
    public Task<string> CreateKeyAsync(string name, params string[] roles) => CreateKeyAsync(name, roles, file: null);

    /// <summary>Creates a key in a file of its own.</summary>
    public async Task<string> CreateKeyAsync(string name, string[] roles, string? file)
    {
        var key = new StringWriter();
        string[] where = file is null ? [] : ["--file", file];
        await RunAsync(key, ["keys", "create", name, .. roles.SelectMany(role => new[] { "--role", role }), .. where]);
        return key.ToString().Trim();
    }

    /// <summary>Accepts a name in client certificates, as the command does.</summary>
    public Task AcceptCertificateAsync(string name, string certificate, string role) =>
        RunAsync(TextWriter.Null, ["keys", "create", name, "--certificate", certificate, "--role", role]);

    /// <summary>Revokes a key as the command does.</summary>
    public Task RevokeAsync(string key) => RunAsync(TextWriter.Null, ["keys", "revoke", key.Split('_')[1]]);

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        _directory.Dispose();
    }

    private async Task RunAsync(TextWriter output, string[] args)
    {
        var parsed = CommandLine.Parse([.. args, "--data-directory", DataDirectory]);
        await KeyCommands.RunAsync(parsed.KeyCommand!, parsed.Settings, output, TextWriter.Null);
        Time.Advance(TimeSpan.FromSeconds(2));
    }
}
