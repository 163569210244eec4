using Codec.Models;
using Codec.Server.Models;
using Codec.Tests.Shared;
using CodecServer.Tests.Infrastructure;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using V1 = Codec.V1;

namespace CodecServer.Tests.Models;

/// <summary>All model files together stay below their quota, however they come and go.</summary>
public sealed class BlobQuotaTests
{
    private const int Blob = 100_000;

    private static readonly string[] TwoBlobs = ["--model-quota-bytes", "250000"];

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Upload_BeyondTheQuota_IsRefusedUntilFilesAreCollected()
    {
        using var directory = new TemporaryDirectory();
        byte[][] blobs = [.. Enumerable.Range(1, 3).Select(seed => Blobs.Random(Blob, seed))];
        await using (TestServer server = await StartAsync())
        {
            await server.Models.UploadAsync(blobs[0]);
            // Half of it has come; what was declared and did not come gives its room back.
            await server.Models.UploadAsync(Blobs.Ref(blobs[1]), blobs[1], end: Blob / 2);
            await server.Models.UploadAsync(Blobs.Ref(blobs[1]), blobs[1], offset: Blob / 2);
            await RefusesAsync(server);
            // A blob that is there needs no room.
            await server.Models.UploadAsync(Blobs.Ref(blobs[0]), blobs[0], offset: Blob);
        }

        // The files of an earlier start count too.
        await using TestServer again = await StartAsync();
        await RefusesAsync(again);
        foreach (string file in Directory.EnumerateFiles(directory.File("blobs"), "*", SearchOption.AllDirectories))
            File.SetLastWriteTimeUtc(file, TimeProvider.System.GetUtcNow().UtcDateTime.AddHours(-25));

        await again.App.Services.GetRequiredService<ModelPublisher>().CollectAsync(Ct);

        await again.Models.UploadAsync(blobs[2]);
        await again.Models.UploadAsync(blobs[1]);

        Task<TestServer> StartAsync() => TestServer.StartAsync(TwoBlobs, directory.Path);

        async Task RefusesAsync(TestServer server)
        {
            RpcException refused = await Rpc.FailsAsync(StatusCode.ResourceExhausted, () => server.Models.UploadAsync(blobs[2]));
            Assert.Equal("MODEL_QUOTA", refused.Reason());
            Assert.Contains("--model-quota-bytes", refused.Status.Detail, StringComparison.Ordinal);
        }
    }

    /// <summary>Callers that declare what they never send must not exceed the quota together, nor keep it.</summary>
    [Fact]
    public async Task Upload_RunningOnesTogether_CountWithWhatTheyDeclare()
    {
        using var directory = new TemporaryDirectory();
        await using TestServer server = await TestServer.StartAsync(TwoBlobs, directory.Path);
        byte[][] blobs = [.. Enumerable.Range(1, 3).Select(seed => Blobs.Random(Blob, seed))];
        using (AsyncClientStreamingCall<V1.UploadBlobRequest, V1.UploadBlobResponse> first = await BeginAsync(blobs[0]))
        using (AsyncClientStreamingCall<V1.UploadBlobRequest, V1.UploadBlobResponse> second = await BeginAsync(blobs[1]))
        {
            await Rpc.FailsAsync(StatusCode.ResourceExhausted, () => server.Models.UploadAsync(blobs[2]));
        }

        await Waiting.UntilAsync(
            async () =>
            {
                try
                {
                    return (await server.Models.UploadAsync(blobs[2])).Complete;
                }
                catch (RpcException exception) when (exception.StatusCode == StatusCode.ResourceExhausted)
                {
                    return false;
                }
            },
            "The end of the uploads",
            Ct
        );

        async Task<AsyncClientStreamingCall<V1.UploadBlobRequest, V1.UploadBlobResponse>> BeginAsync(byte[] blob)
        {
            AsyncClientStreamingCall<V1.UploadBlobRequest, V1.UploadBlobResponse> call = server.Models.UploadBlob(Rpc.Options);
            await call.RequestStream.WriteAsync(new() { Header = new() { Blob = Blobs.Ref(blob) } }, Ct);
            await call.RequestStream.WriteAsync(new() { Chunk = Google.Protobuf.ByteString.CopyFrom(blob, 0, 1000) }, Ct);
            // Its room is taken once its first byte is stored.
            await Waiting.UntilAsync(
                () =>
                    Directory
                        .EnumerateFiles(directory.File("uploads"))
                        .Any(file => file.Contains(Digest.Of(blob).Hex, StringComparison.Ordinal)),
                "The upload",
                Ct
            );
            return call;
        }
    }

    /// <summary>What a wrong digest dropped, and what a repair replaced, does not count any more.</summary>
    [Fact]
    public async Task Upload_DroppedForItsDigest_GivesItsRoomBack()
    {
        await using TestServer server = await TestServer.StartAsync(TwoBlobs);
        byte[] blob = Blobs.Random(Blob, seed: 1);
        byte[] wrong = Blobs.Random(Blob, seed: 2);
        for (int i = 0; i < 3; i++)
            await Rpc.FailsAsync(StatusCode.DataLoss, () => server.Models.UploadAsync(Blobs.Ref(blob), wrong));

        await server.Models.UploadAsync(blob);
        await server.Models.UploadAsync(wrong);
    }
}
