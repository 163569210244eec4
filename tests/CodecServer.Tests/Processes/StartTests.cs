using CodecServer.Tests.Infrastructure;
using V1 = Codec.V1;

namespace CodecServer.Tests.Processes;

public sealed class StartTests
{
    [Fact]
    public async Task Start_FreshServer_ServesTheShippedModelsFromItsFirstCallOn()
    {
        for (int round = 0; round < 3; round++)
        {
            using var directory = new TemporaryDirectory();
            using ServerProcess server = await ServerProcess.StartAsync(directory.Path, "--shipped-models", "models");

            V1.GetVersionResponse photos = await server.Models.GetVersionAsync(new() { Model = "photos@live" }, Rpc.Options);

            Assert.Equal("photos", photos.Version.Model);
        }
    }

    [Fact]
    public async Task Sigterm_WhileItStarts_EndsWithZeroAndWithoutAWordOfError()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no SIGTERM.");
        using var directory = new TemporaryDirectory();

        // One of two shipped models is published: the other is being read, stored or loaded.
        (int status, string output, string errors) = await ServerProcess.StopWhileStartingAsync(directory.Path, "Published ");

        Assert.Equal((0, ""), (status, errors));
        Assert.DoesNotContain("Listening on", output, StringComparison.Ordinal);
        Assert.DoesNotContain("fail:", output, StringComparison.Ordinal);
        using ServerProcess again = await ServerProcess.StartAsync(directory.Path, "--shipped-models", "models");
        Assert.Equal(2, (await again.Models.ListModelsAsync(new(), Rpc.Options)).Models.Count);
    }
}
