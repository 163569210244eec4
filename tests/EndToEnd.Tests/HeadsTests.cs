using Codec;
using Codec.Client;
using Codec.Datasets;
using Codec.Imaging;
using Codec.Models;
using Codec.Onnx;
using Codec.Tests.Shared;
using Codec.Tests.Shared.Processes;
using EndToEnd.Tests.Processes;

namespace EndToEnd.Tests;

/// <summary>Trains, publishes and streams the article's networks with the real programs; the client chooses the head.</summary>
public sealed class HeadsTests : IDisposable
{
    private const int Faces = 500;
    private const int Streamed = 12;

    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Train_Publish_Stream_ReturnsTheHeadThatTheClientChooses()
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        ImageSet faces = Dataset.Load(new SyntheticFaces(Faces), cancellationToken: token).Test;
        await using ServerProcess server = await ServerProcess.StartAsync(new ServerSettings(), token);
        using var client = new CodecClient(
            new CodecClientOptions
            {
                Address = new Uri(server.Address),
                CacheDirectory = _folder.File("cache"),
                Networks = OnnxNetworkRuntime.Instance,
            }
        );

        // The heads give a clean image, either of two people, and the parts of a face.
        await CheckAsync(client, server, faces, "denoise", ["image"], token);
        await CheckAsync(client, server, faces, "swap", ["image", "person-000000", "person-000001"], token);
        await CheckAsync(client, server, faces, "mask", ["image", "mask"], token);
    }

    private async Task CheckAsync(
        CodecClient client,
        ServerProcess server,
        ImageSet faces,
        string network,
        string[] heads,
        CancellationToken token
    )
    {
        string file = _folder.File(network + ".codec");
        await Trainer.RunAsync(
            "train",
            network,
            "--source",
            "synthetic",
            "--images",
            $"{Faces}",
            "--epochs",
            "1",
            "--code",
            "24",
            "--output",
            _folder.File(network),
            "--model",
            file
        );

        await Trainer.RunAsync("publish", file, "--server", server.Address);

        using CodecModel model = CodecModel.Load(ModelPackage.Load(file), OnnxNetworkRuntime.Instance);
        Assert.Equal(heads.Order(), model.Heads.Order());
        byte[][] codes = model.EncodeBatch(faces.Read(0, Streamed), 1);
        await client.CreateChannelAsync(network, cancellationToken: token);
        await using (
            ChannelPublisher publisher = await client.OpenPublisherAsync(network, model.Manifest.Name, 1, cancellationToken: token)
        )
        {
            foreach (byte[] code in codes)
                await publisher.SendCodeAsync(code, cancellationToken: token);
            await publisher.FlushAsync(token);
        }

        var received = new Dictionary<string, byte[][]>();
        foreach (string head in heads)
        {
            var images = new List<byte[]>();
            var options = new SubscribeOptions { From = SubscribeFrom.Start, Head = head };
            await foreach (DecodedImage image in client.SubscribeAsync(network, options, token))
            {
                images.Add(image.Pixels.ToArray());
                if (images.Count == codes.Length)
                    break;
            }

            Assert.Equal(codes.Select(code => model.Decode(code, 1, head).Samples), images);
            received.Add(head, [.. images]);
        }

        // The command line selects a head by name too, and writes the same images.
        string output = _folder.File(network + "-images");
        string[] subscribe = ["subscribe", network, "--server", server.Address, "--from", "start", "--count", $"{Streamed}"];
        await Tool.RunAsync([.. subscribe, "--head", heads[^1], "--output", output]);

        string[] files = [.. Directory.GetFiles(output).Order(StringComparer.Ordinal)];
        Assert.Equal(received[heads[^1]], files.Select(path => ImageFile.Decode(File.ReadAllBytes(path)).Samples));

        // Each head decodes the same code to a different picture.
        Assert.Equal(heads.Length, received.Values.Select(images => Convert.ToHexString(images[0])).Distinct().Count());
    }
}
