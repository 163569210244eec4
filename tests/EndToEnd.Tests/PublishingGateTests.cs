using CliWrap.Buffered;
using Codec.Models;
using Codec.Tests.Shared;
using Codec.Tests.Shared.Processes;

namespace EndToEnd.Tests;

/// <summary>What the trainer and the server refuse to make live.</summary>
public sealed class PublishingGateTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Publish_AnotherGeometryOrQualitiesThatDoNotRise_IsRefusedWithoutForce()
    {
        await using ServerProcess server = await ServerProcess.StartAsync(new ServerSettings(), TestContext.Current.CancellationToken);
        string first = Save("first", SmallModel.Create("small")),
            other = Save("other", SmallGrid.Create("small")),
            falling = Save("falling", SmallModel.Create("falling", step: 90f));
        Assert.Equal(0, (await PublishAsync(first)).ExitCode);

        BufferedCommandResult refused = await PublishAsync(other);
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("images of any size", refused.StandardError, StringComparison.Ordinal);
        Assert.Equal(0, (await PublishAsync(other, "--force")).ExitCode);

        // The server asks the golden image: no client can force it.
        BufferedCommandResult worse = await PublishAsync(falling, "--force");
        Assert.Equal(1, worse.ExitCode);
        Assert.Contains("more bytes must give better images", worse.StandardError, StringComparison.Ordinal);

        Task<BufferedCommandResult> PublishAsync(string file, params string[] more) =>
            Programs
                .Dotnet(Programs.PathOf("src/Trainer", "trainer"), ["publish", file, "--server", server.Address, .. more])
                .RunAsync(TestContext.Current.CancellationToken);
    }

    private string Save(string name, ModelPackage package)
    {
        package.Save(_folder.File(name));
        return _folder.File(name);
    }
}
