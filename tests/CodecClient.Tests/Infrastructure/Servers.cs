using Codec.Models;
using Codec.Tests.Shared;
using Codec.Tests.Shared.Processes;

namespace Codec.Client.Tests.Infrastructure;

/// <summary>Server processes for the client's tests.</summary>
internal static class Servers
{
    /// <summary>Starts a server without models; its data are deleted with it.</summary>
    public static Task<ServerProcess> StartAsync() =>
        ServerProcess.StartAsync(
            new ServerSettings { Arguments = ["--Logging:LogLevel:Default", "Warning"] },
            TestContext.Current.CancellationToken
        );

    /// <summary>Starts a server with the small model published and live.</summary>
    public static async Task<ServerProcess> StartWithModelAsync()
    {
        ServerProcess server = await StartAsync();
        using CodecClient client = Clients.Create(server.Address);
        await PublishAsync(client, SmallModel.Create());
        return server;
    }

    /// <summary>Publishes a model and makes it live.</summary>
    public static async Task<VersionInfo> PublishAsync(CodecClient client, ModelPackage package)
    {
        VersionInfo version = await client.UploadModelAsync(package, cancellationToken: TestContext.Current.CancellationToken);
        await client.SetAliasAsync(version.Model, "live", version.Digest, cancellationToken: TestContext.Current.CancellationToken);
        return version;
    }
}
