using Codec.Client;
using Codec.Datasets;
using Codec.Images;

namespace Codec.Bench.Sdk;

/// <summary>A channel of synthetic faces of 64×64, in frames of 64 codes.</summary>
/// <param name="Name">The channel.</param>
/// <param name="Model">The model with its encoder, shared by all users.</param>
/// <param name="Codes">The distinct codes; the channel repeats them.</param>
/// <param name="Image">One of the images.</param>
internal sealed record FaceChannel(string Name, CodecModel Model, byte[][] Codes, ImageSource Image)
{
    public const string ModelName = "faces-64";
    public const int Quality = 0;
    public const int CodesPerFrame = 64;

    /// <summary>Codes in the channel: many more than a subscription reads ahead (about 2,700 faces).</summary>
    public const int Count = 32_000;

    private const int Side = 64;
    private const int Distinct = 640;

    /// <summary>Publishes the codes.</summary>
    public static async Task<FaceChannel> FillAsync(CodecClient client, CancellationToken cancellationToken)
    {
        const string Name = "faces";
        var source = new SyntheticFaces(Distinct, Side, Side);
        Raster[] faces = [.. Enumerable.Range(0, Distinct).Select(i => source.Draw(i).Image)];
        CodecModel model = await client.GetLocalModelAsync(ModelName, withEncoder: true, cancellationToken: cancellationToken);
        byte[][] codes = model.EncodeBatch(faces.SelectMany(face => face.Samples).ToArray(), Quality);
        await client.CreateChannelAsync(Name, cancellationToken: cancellationToken);
        var options = new PublisherOptions { CodesPerFrame = CodesPerFrame, Linger = TimeSpan.FromSeconds(1) };
        await using ChannelPublisher publisher = await client.OpenPublisherAsync(Name, ModelName, Quality, options, cancellationToken);
        for (int i = 0; i < Count; i++)
            await publisher.SendCodeAsync(codes[i % codes.Length], cancellationToken: cancellationToken);
        await publisher.FlushAsync(cancellationToken);
        return new FaceChannel(Name, model, codes, ImageSource.FromPixels(faces[0].Samples, Side, Side));
    }
}
