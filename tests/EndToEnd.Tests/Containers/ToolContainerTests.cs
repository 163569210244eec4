using Codec;
using Codec.Client;
using Codec.Images;
using Codec.Imaging;
using Codec.Models;
using Codec.Tests.Shared;
using Codec.Tests.Shared.Processes;
using DotNet.Testcontainers.Builders;
using DotNet.Testcontainers.Networks;

namespace EndToEnd.Tests.Containers;

/// <summary>Runs the command line of the server's image against a server over a container network, as a job in a cluster does.</summary>
public sealed class ToolContainerTests(Images images) : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task PublishThenSubscribe_ConfinedAsAPod_WritesTheDecodedImages()
    {
        string image = await images.ServerAsync();
        ModelPackage package = SmallModel.Create();
        byte[] samples = SmallModel.Image(1);
        var original = new Raster(SmallModel.Side, SmallModel.Side, samples.Length / (SmallModel.Side * SmallModel.Side), samples);
        Directory.CreateDirectory(_folder.File("images"));
        _folder.Write("images/camera.png", ImageFile.EncodePng(original));
        // The user of the image writes into it.
        Assert.True((await Programs.Command("chmod", "777", _folder.Path).RunAsync(Cancelled)).IsSuccess);
        await using INetwork network = new NetworkBuilder().Build();
        await network.CreateAsync(Cancelled);
        await using ServerContainer server = await ServerContainer.StartAsync(images, network);
        await server.WhenHealthyAsync();
        using CodecClient client = server.Connect();
        await client.UploadModelAsync(package, cancellationToken: Cancelled);
        await client.SetAliasAsync(package.Manifest.Name, "live", package.Version, cancellationToken: Cancelled);

        await RunAsync("publish", "faces", "/data/images", "--model", package.Manifest.Name, "--quality", "1", "--create");
        string received = await RunAsync("subscribe", "faces", "--from", "start", "--count", "1", "--output", "/data/received");

        Assert.Contains("1 images were received and decoded", received, StringComparison.Ordinal);
        using var model = CodecModel.Load(package);
        Assert.Equal(
            model.Decode(model.Encode(samples, SmallModel.Side, SmallModel.Side, 1), 1).Samples,
            ImageFile.Decode(File.ReadAllBytes(_folder.File("received/0000000001-camera.png"))).WithChannels(original.Channels).Samples
        );

        Task<string> RunAsync(params string[] arguments) =>
            Docker.RunAsync([
                .. (string[])["run", "--rm", "--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"],
                .. (string[])["--network", network.Name, "--volume", $"{_folder.Path}:/data", "--entrypoint", "/app/codec"],
                .. (string[])["--env", $"CODEC_SERVER=http://{ServerContainer.Alias}:{ServerContainer.Port}", "--env", "HOME=/data"],
                image,
                .. arguments,
            ]);
    }

    public void Dispose() => _folder.Dispose();
}
