using Codec.Client;
using Codec.Models;
using Codec.Tests.Shared;
using Codec.Tests.Shared.Processes;

namespace Codec.Tests.Abuse;

/// <summary>The server that is attacked: its options, and what it holds.</summary>
public static class AbusedServer
{
    /// <summary>Versions that idle streams name.</summary>
    internal const int Versions = 16;

    /// <summary>Side of the images whose large codes are subscribed to.</summary>
    private const int LargeSide = 2048;

    /// <summary>Options of k8s/base that decide what it holds; the others concern ports and volumes.</summary>
    private static readonly string[] Sections = ["Coding", "Models", "Limits"];

    /// <summary>How to start it: with the options of k8s/base that concern memory, and its processors.</summary>
    /// <param name="group">The control group that bounds its memory; null gives it only the heap limit that .NET takes in one.</param>
    /// <param name="folder">Where it keeps its data; null for a temporary folder.</param>
    public static ServerSettings Settings(MemoryGroup? group, string? folder = null)
    {
        var environment = new Dictionary<string, string> { ["DOTNET_PROCESSOR_COUNT"] = "2" };
        if (group is null)
            environment["DOTNET_GCHeapHardLimit"] = "0x30000000";
        foreach (string line in File.ReadLines(Repository.PathOf("k8s", "base", "server.env")))
        {
            string[] parts = line.Split('=', 2);
            if (Sections.Any(section => parts[0].StartsWith($"Codec__{section}__", StringComparison.Ordinal)))
                environment[parts[0]] = parts[1];
        }

        return new ServerSettings
        {
            DataDirectory = folder,
            ShippedModels = true,
            Environment = environment,
            MemoryGroup = group,
        };
    }

    /// <summary>Publishes the models that the client and the attacks use, and channels with codes.</summary>
    public static async Task PrepareAsync(Uri address, CancellationToken cancellationToken)
    {
        using var cache = new TemporaryDirectory();
        using var client = new CodecClient(new CodecClientOptions { Address = address, CacheDirectory = cache.Path });
        await PublishAsync(client, SmallModel.Create(), cancellationToken);
        for (int i = 0; i < Versions; i++)
            await PublishAsync(client, SmallModel.Create($"idle-{i}"), cancellationToken);
        foreach (string channel in (string[])["small", "large"])
            await client.CreateChannelAsync(channel, cancellationToken: cancellationToken);
        await using (ChannelPublisher small = await client.OpenPublisherAsync("small", "small-8", 1, cancellationToken: cancellationToken))
        {
            await small.PublishAsync(
                ImageSource.FromPixels(SmallModel.Image(1), SmallModel.Side, SmallModel.Side, 3),
                cancellationToken: cancellationToken
            );
        }

        await using ChannelPublisher large = await client.OpenPublisherAsync("large", "photos", 8, cancellationToken: cancellationToken);
        for (int i = 0; i < 3; i++)
        {
            await large.PublishAsync(
                ImageSource.FromPixels(Noise(LargeSide, i), LargeSide, LargeSide, 3),
                cancellationToken: cancellationToken
            );
        }
    }

    internal static CodecModel LoadPhotos() => CodecModel.Load(ModelPackage.Load(Repository.PathOf("models", "photos.codec")));

    internal static byte[] Noise(int side, int seed)
    {
        var samples = new byte[side * side * 3];
        new Random(seed).NextBytes(samples);
        return samples;
    }

    private static async Task PublishAsync(CodecClient client, ModelPackage package, CancellationToken cancellationToken)
    {
        await client.UploadModelAsync(package, cancellationToken: cancellationToken);
        await client.SetAliasAsync(package.Manifest.Name, ModelReference.LiveAlias, package.Version, cancellationToken: cancellationToken);
    }
}
