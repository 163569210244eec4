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
}
