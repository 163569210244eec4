using Codec;
using Codec.Client;
using Codec.Datasets;
using Codec.Models;
using Codec.Tests.Shared;
using Codec.Tests.Shared.Processes;
using EndToEnd.Tests.Processes;

namespace EndToEnd.Tests;

/// <summary>
/// Trains, publishes, streams and decodes locally with the real programs, and kills the server halfway.
/// </summary>
public sealed class MainJobTests : IDisposable
{
    private const int Faces = 2_000;

    private readonly TemporaryDirectory _folder = new();

    [Fact]
    public async Task Train_Publish_Stream_Decode_ReturnsTheProducersSymbols()
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        string file = _folder.File("faces-32.codec");
        await Trainer.RunAsync("train", "faces", "--source", "synthetic", "--images", $"{Faces}", "--latents", "350", "--output", file);

        await using ServerProcess server = await ServerProcess.StartAsync(new ServerSettings(), token);
        await Trainer.RunAsync("publish", file, "--server", server.Address);

        ImageSet faces = Dataset.Load(new SyntheticFaces(Faces), cancellationToken: token).Test;
        using CodecModel model = CodecModel.Load(ModelPackage.Load(file));
        byte[][] codes = model.EncodeBatch(faces.ReadAll(), 1);
        using var client = new CodecClient(
            new CodecClientOptions { Address = new Uri(server.Address), CacheDirectory = _folder.File("cache") }
        );
        await client.CreateChannelAsync("faces", cancellationToken: token);

        // Half of the codes are published before the server is killed, half after; the subscription survives.
        IAsyncEnumerator<DecodedImage> images = client
            .SubscribeAsync("faces", SubscribeFrom.Start, cancellationToken: token)
            .GetAsyncEnumerator(token);
        await using (ChannelPublisher publisher = await client.OpenPublisherAsync("faces", "faces-32", 1, cancellationToken: token))
        {
            for (int i = 0; i < codes.Length; i++)
            {
                if (i == codes.Length / 2)
                {
                    await publisher.FlushAsync(token);
                    await server.KillAndRestartAsync(token);
                }

                await publisher.SendCodeAsync(codes[i], cancellationToken: token);
            }

            await publisher.FlushAsync(token);
        }

        for (int i = 0; i < codes.Length; i++)
        {
            Assert.True(await images.MoveNextAsync());
            Assert.Equal(i + 1, images.Current.Sequence);
            Assert.Equal(model.Version, images.Current.Version);
            Assert.Equal(model.Decode(codes[i], 1).Samples, images.Current.Pixels.ToArray());
        }

        await images.DisposeAsync();
    }

    public void Dispose() => _folder.Dispose();
}
