using System.Globalization;
using Codec;
using Codec.Client;
using Codec.Datasets;
using Codec.Images;
using Codec.Imaging;
using Codec.Tests.Shared;
using DotNet.Testcontainers.Builders;
using DotNet.Testcontainers.Networks;
using DotNet.Testcontainers.Volumes;

namespace EndToEnd.Tests.Containers;

/// <summary>Runs the trainer's image against the server's over a container network, as a job in a cluster does.</summary>
public sealed class TrainerContainerTests(Images images)
{
    private const int Faces = 600;
    private const string Model = "dense";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task TrainAndPublish_ServesTheModel()
    {
        string trainer = await images.TrainerAsync();
        await using INetwork network = new NetworkBuilder().Build();
        await network.CreateAsync(Cancelled);
        await using IVolume volume = new VolumeBuilder().Build();
        await volume.CreateAsync(Cancelled);
        await using ServerContainer server = await ServerContainer.StartAsync(images, network);

        string epochs = await RunAsync(
            trainer,
            network,
            volume,
            "train",
            Model,
            "--source",
            "synthetic",
            "--images",
            Text(Faces),
            "--epochs",
            "20",
            "--output",
            "/data/run",
            "--model",
            "/data/model.codec"
        );
        await server.WhenHealthyAsync();
        string published = await RunAsync(
            trainer,
            network,
            volume,
            "publish",
            "/data/model.codec",
            "--server",
            $"http://{ServerContainer.Alias}:{ServerContainer.Port}"
        );

        Assert.Contains("epoch 20:", epochs, StringComparison.Ordinal);
        Assert.DoesNotContain("epoch 21:", epochs, StringComparison.Ordinal);
        using CodecClient client = server.Connect();
        ModelInfo known = Assert.Single(await client.ListModelsAsync(Cancelled));
        Assert.Equal("live", Assert.Single(known.Aliases).Name);
        Assert.Contains($"{known.Aliases[0].Version}", published, StringComparison.Ordinal);

        // The server encodes and this process decodes with the model that the containers trained.
        Raster face = Dataset.Load(new SyntheticFaces(Faces), cancellationToken: Cancelled).Test.Image(0);
        EncodedImage code = await client.EncodeAsync(
            ImageSource.FromPixels(face.Samples, face.Width, face.Height),
            known.Name,
            0,
            Cancelled
        );
        CodecModel local = await client.GetLocalModelAsync(known.Name, cancellationToken: Cancelled);
        Assert.Equal(face.Samples.Length, local.Decode(code.Code.Span, 0).Samples.Length);
    }

    [Fact]
    public async Task Image_Contents_AreLabelledAndConfined()
    {
        string image = await images.TrainerAsync();
        string labels = await Docker.RunAsync("image", "inspect", "--format", "{{json .Config.Labels}}", image);

        Assert.Contains($"\"org.opencontainers.image.version\":\"{Repository.Version}\"", labels, StringComparison.Ordinal);
        Assert.Matches("\"org.opencontainers.image.revision\":\"[0-9a-f]{40}", labels);
        Assert.Equal("1654:1654", await Docker.RunAsync("image", "inspect", "--format", "{{.Config.User}}", image));
    }

    /// <summary>Runs the trainer to its end, as confined as a pod; returns its output.</summary>
    private static Task<string> RunAsync(string image, INetwork network, IVolume volume, params string[] arguments) =>
        Docker.RunAsync([
            "run",
            "--rm",
            "--read-only",
            "--cap-drop",
            "ALL",
            "--security-opt",
            "no-new-privileges",
            "--network",
            network.Name,
            "--volume",
            $"{volume.Name}:/data",
            image,
            .. arguments,
        ]);

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);
}
