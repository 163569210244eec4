using Codec.Models;
using Google.Protobuf;
using Grpc.Core;
using V1 = Codec.V1;

namespace CodecServer.Tests.Infrastructure;

/// <summary>Publishes models and codes as a trainer and a producer do.</summary>
internal static class Publishing
{
    /// <summary>Uploads the blobs that the server lacks, publishes, and moves the alias.</summary>
    public static async Task<V1.PublishVersionResponse> PublishAsync(this TestServer server, ModelPackage package, string alias = "live")
    {
        await server.UploadBlobsAsync(package);
        V1.PublishVersionResponse published = await server.Models.PublishVersionAsync(
            new() { Manifest = ByteString.CopyFrom(package.ManifestBytes.Span), Publisher = "anna" },
            Rpc.Options
        );
        V1.ListAliasesResponse aliases = await server.Models.ListAliasesAsync(new() { Model = package.Manifest.Name }, Rpc.Options);
        await server.Models.SetAliasAsync(
            new()
            {
                Model = package.Manifest.Name,
                Name = alias,
                Digest = package.Version.Hex,
                ExpectedRevision = aliases.Aliases.FirstOrDefault(existing => existing.Name == alias)?.Revision ?? 0,
                MovedBy = "anna",
            },
            Rpc.Options
        );
        return published;
    }

    public static async Task UploadBlobsAsync(this TestServer server, ModelPackage package)
    {
        foreach ((Digest digest, ReadOnlyMemory<byte> bytes) in package.Blobs)
        {
            var blob = new V1.BlobRef { Digest = digest.Hex, Size = bytes.Length };
            if (!(await server.Models.QueryBlobAsync(new() { Blob = blob }, Rpc.Options)).Complete)
                await server.Models.UploadAsync(blob, bytes.ToArray());
        }
    }

    /// <summary>An image of the small model.</summary>
    public static V1.Image ToImage(byte[] samples) =>
        new()
        {
            Pixels = new()
            {
                Width = 8,
                Height = 8,
                Channels = 3,
                Data = ByteString.CopyFrom(samples),
            },
        };

    /// <summary>Publishes messages after a header, and returns the answer to each; completes the stream.</summary>
    public static async Task<List<V1.PublishResponse>> PublishToAsync(
        this TestServer server,
        V1.PublishRequest.Types.Header header,
        params V1.PublishRequest[] requests
    )
    {
        using AsyncDuplexStreamingCall<V1.PublishRequest, V1.PublishResponse> call = server.Channels.Publish(Rpc.Options);
        Task<List<V1.PublishResponse>> answers = call.ResponseStream.CollectAsync();
        try
        {
            await call.RequestStream.SendAsync(new() { Header = header });
            foreach (V1.PublishRequest request in requests)
                await call.RequestStream.SendAsync(request);

            await call.RequestStream.CompleteAsync();
        }
        catch (RpcException)
        {
            // The server ended the call during the writing; reading its answers throws the reason.
        }

        return await answers;
    }

    public static async Task<List<T>> CollectAsync<T>(this IAsyncStreamReader<T> stream)
    {
        var all = new List<T>();
        await foreach (T item in stream.ReadAllAsync(TestContext.Current.CancellationToken))
            all.Add(item);

        return all;
    }

    /// <summary>
    /// Returns the position that a subscription begins with, and whether it is sparse; fails if another message comes first.
    /// </summary>
    public static async Task<(long NextSequence, bool Sparse)> PositionAsync(this AsyncServerStreamingCall<V1.SubscribeResponse> call)
    {
        V1.SubscribeResponse response = await call.ResponseStream.NextAsync();
        Assert.Equal(V1.SubscribeResponse.PartOneofCase.Position, response.PartCase);
        return (response.Position.NextSequence, response.Position.Sparse);
    }

    /// <summary>Returns the next message; fails if the stream ends.</summary>
    public static async Task<T> NextAsync<T>(this IAsyncStreamReader<T> stream)
    {
        Assert.True(await stream.MoveNext(TestContext.Current.CancellationToken));
        return stream.Current;
    }
}
