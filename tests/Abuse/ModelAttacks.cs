using Codec.Models;
using Codec.Tests.Shared;
using Google.Protobuf;
using Grpc.Core;

namespace Codec.Tests.Abuse;

/// <summary>Calls that occupy models, uploads and the registry.</summary>
internal static class ModelAttacks
{
    public static async Task IdleOnVersionsAsync(Peer peer, CancellationToken end)
    {
        var codec = new V1.CodecService.CodecServiceClient(peer.Channel);
        var streams = new List<AsyncDuplexStreamingCall<V1.EncodeRequest, V1.EncodeResponse>>();
        try
        {
            for (int i = 0; i < AbusedServer.Versions; i++)
            {
                streams.Add(codec.EncodeStream(cancellationToken: end));
                await streams[^1]
                    .RequestStream.WriteAsync(ImageAttacks.PixelRequest($"idle-{i}", SmallModel.Side, SmallModel.Image(i)), end);
            }

            await Attack.HoldAsync([], end);
        }
        finally
        {
            streams.ForEach(stream => stream.Dispose());
        }
    }

    public static async Task UploadNothingAsync(Peer peer, CancellationToken end)
    {
        var models = new V1.ModelService.ModelServiceClient(peer.Channel);
        await Task.WhenAll(Enumerable.Range(0, 16).Select(UploadAsync));

        async Task UploadAsync(int i)
        {
            using AsyncClientStreamingCall<V1.UploadBlobRequest, V1.UploadBlobResponse> call = models.UploadBlob(cancellationToken: end);
            var blob = new V1.BlobRef { Digest = Digest.Of([(byte)i]).Hex, Size = 1 << 20 };
            await call.RequestStream.WriteAsync(new() { Header = new() { Blob = blob } }, end);
            while (true)
            {
                await Task.Delay(TimeSpan.FromSeconds(8), end);
                await call.RequestStream.WriteAsync(new() { Chunk = ByteString.Empty }, end);
            }
        }
    }

    public static async Task SetAliasesAsync(Peer peer, CancellationToken end)
    {
        var models = new V1.ModelService.ModelServiceClient(peer.Channel);
        string digest = (await models.ListModelsAsync(new(), cancellationToken: end))
            .Models.Single(model => model.Name == "idle-0")
            .Aliases[0]
            .Digest;
        for (int i = 0; ; i++)
        {
            try
            {
                await models.SetAliasAsync(
                    new()
                    {
                        Model = "idle-0",
                        Name = $"alias-{i}",
                        Digest = digest,
                    },
                    cancellationToken: end
                );
            }
            catch (RpcException exception) when (exception.StatusCode == StatusCode.ResourceExhausted)
            {
                // As many as a model may have.
                await Task.Delay(TimeSpan.FromMilliseconds(5), end);
            }
        }
    }
}
