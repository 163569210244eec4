using Codec.Models;
using Codec.Server.Stores.Embedded;
using CodecServer.Tests.Infrastructure;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using V1 = Codec.V1;

namespace CodecServer.Tests.Services;

public sealed class BlobTransferTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(64 << 10)]
    [InlineData((64 << 10) + 1)]
    [InlineData(300_000)]
    public async Task UploadBlob_Whole_CanBeDownloadedFromAnyOffset(int length)
    {
        await using TestServer server = await TestServer.StartAsync();
        byte[] bytes = Blobs.Random(length, seed: length);

        V1.UploadBlobResponse uploaded = await server.Models.UploadAsync(bytes);

        Assert.Equal((length, true), (uploaded.CommittedSize, uploaded.Complete));
        V1.QueryBlobResponse state = await server.Models.QueryBlobAsync(new() { Blob = Blobs.Ref(bytes) }, Rpc.Options);
        Assert.Equal((length, true), (state.CommittedSize, state.Complete));
        foreach (int offset in new[] { 0, 1, length / 2, length })
            Assert.Equal(bytes[offset..], await server.Models.DownloadAsync(Blobs.Ref(bytes).Digest, offset));
    }

    [Fact]
    public async Task UploadBlob_StopsAndResumes_IsComplete()
    {
        await using TestServer server = await TestServer.StartAsync();
        byte[] bytes = Blobs.Random(200_000, seed: 1);

        V1.UploadBlobResponse first = await server.Models.UploadAsync(Blobs.Ref(bytes), bytes, end: 70_000);
        V1.QueryBlobResponse between = await server.Models.QueryBlobAsync(new() { Blob = Blobs.Ref(bytes) }, Rpc.Options);
        V1.UploadBlobResponse second = await server.Models.UploadAsync(Blobs.Ref(bytes), bytes, offset: (int)between.CommittedSize);

        Assert.Equal((70_000, false), (first.CommittedSize, first.Complete));
        Assert.Equal((70_000, false), (between.CommittedSize, between.Complete));
        Assert.True(second.Complete);
        Assert.Equal(bytes, await server.Models.DownloadAsync(Blobs.Ref(bytes).Digest));
    }

    [Fact]
    public async Task UploadBlob_ConnectionBreaks_KeepsTheReceivedBytes()
    {
        await using TestServer server = await TestServer.StartAsync();
        byte[] bytes = Blobs.Random(200_000, seed: 2);
        using (AsyncClientStreamingCall<V1.UploadBlobRequest, V1.UploadBlobResponse> call = server.Models.UploadBlob(Rpc.Options))
        {
            await call.RequestStream.SendAsync(new() { Header = new() { Blob = Blobs.Ref(bytes) } });
            await call.RequestStream.SendAsync(new() { Chunk = ByteString.CopyFrom(bytes, 0, 50_000) });
            await WaitForUploadAsync(server, bytes, 50_000);
        }

        // Until the server notices the end of the first upload, it refuses a second one; the client tries again.
        V1.UploadBlobResponse resumed = await RetryWhileAsync(
            StatusCode.Aborted,
            async () =>
            {
                V1.QueryBlobResponse state = await server.Models.QueryBlobAsync(new() { Blob = Blobs.Ref(bytes) }, Rpc.Options);
                Assert.Contains(state.CommittedSize, new long[] { 0, 50_000 });
                return state.CommittedSize == 50_000
                    ? await server.Models.UploadAsync(Blobs.Ref(bytes), bytes, 50_000)
                    : throw new RpcException(new(StatusCode.Aborted, "not noticed yet"));
            }
        );

        Assert.True(resumed.Complete);
        Assert.Equal(bytes, await server.Models.DownloadAsync(Blobs.Ref(bytes).Digest));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(69_999)]
    [InlineData(70_001)]
    [InlineData(200_000)]
    public async Task UploadBlob_WrongOffset_IsOutOfRangeAndNamesTheSize(int offset)
    {
        await using TestServer server = await TestServer.StartAsync();
        byte[] bytes = Blobs.Random(200_000, seed: 3);
        await server.Models.UploadAsync(Blobs.Ref(bytes), bytes, end: 70_000);

        RpcException failure = await Rpc.FailsAsync(
            StatusCode.OutOfRange,
            () => server.Models.UploadAsync(Blobs.Ref(bytes), bytes, offset)
        );

        Assert.Equal("70000", failure.Metadata("committed_size"));
    }

    [Fact]
    public async Task UploadBlob_ExceedsItsDeclaredSize_IsInvalid()
    {
        await using TestServer server = await TestServer.StartAsync();
        byte[] bytes = Blobs.Random(200_000, seed: 4);
        var declared = new V1.BlobRef { Digest = Digest.Of(bytes).Hex, Size = 100_000 };

        await Rpc.FailsAsync(StatusCode.InvalidArgument, () => server.Models.UploadAsync(declared, bytes));

        V1.QueryBlobResponse state = await server.Models.QueryBlobAsync(new() { Blob = declared }, Rpc.Options);
        Assert.False(state.Complete);
        Assert.InRange(state.CommittedSize, 0, 100_000);
    }

    [Fact]
    public async Task UploadBlob_WrongDigest_IsDataLossAndDropped()
    {
        await using TestServer server = await TestServer.StartAsync();
        byte[] bytes = Blobs.Random(100_000, seed: 5);
        V1.BlobRef declared = Blobs.Ref(bytes);
        bytes[50_000] ^= 1;

        await Rpc.FailsAsync(StatusCode.DataLoss, () => server.Models.UploadAsync(declared, bytes));

        V1.QueryBlobResponse state = await server.Models.QueryBlobAsync(new() { Blob = declared }, Rpc.Options);
        Assert.Equal((0, false), (state.CommittedSize, state.Complete));
    }

    [Theory]
    [InlineData(900)]
    [InlineData(2000)]
    public async Task UploadBlob_JunkUnderAnotherSize_DoesNotBlockTheDigest(long wrongSize)
    {
        await using TestServer server = await TestServer.StartAsync();
        byte[] bytes = Blobs.Random(1000, seed: 11);
        var wrong = new V1.BlobRef { Digest = Blobs.Ref(bytes).Digest, Size = wrongSize };
        await server.Models.UploadAsync(wrong, Blobs.Random(1500, seed: 12), end: (int)Math.Min(wrongSize - 1, 1500));

        V1.QueryBlobResponse state = await server.Models.QueryBlobAsync(new() { Blob = Blobs.Ref(bytes) }, Rpc.Options);
        Assert.Equal((0, false), (state.CommittedSize, state.Complete));
        V1.UploadBlobResponse uploaded = await server.Models.UploadAsync(bytes);

        Assert.True(uploaded.Complete);
        Assert.Equal(bytes, await server.Models.DownloadAsync(Blobs.Ref(bytes).Digest));
    }

    [Theory]
    [InlineData("flipped")]
    [InlineData("shorter")]
    [InlineData("missing")]
    public async Task UploadBlob_StoredBytesAreDamaged_CanBeUploadedAgain(string damage)
    {
        const int blobDamaged = 405;
        await using TestServer server = await TestServer.StartAsync([], dataDirectory: null, [blobDamaged]);
        byte[] bytes = Blobs.Random(100_000, seed: 13);
        await server.Models.UploadAsync(bytes);
        string file = Path.Combine(
            server.App.Services.GetRequiredService<DataDirectory>().Blobs,
            Digest.Of(bytes).Hex[..2],
            Digest.Of(bytes).Hex
        );
        byte[] changed = [.. bytes];
        changed[50_000] ^= 1;
        switch (damage)
        {
            case "flipped":
                await File.WriteAllBytesAsync(file, changed, TestContext.Current.CancellationToken);
                break;
            case "shorter":
                await File.WriteAllBytesAsync(file, bytes[..40_000], TestContext.Current.CancellationToken);
                break;
            default:
                File.Delete(file);
                break;
        }

        V1.QueryBlobResponse state = await server.Models.QueryBlobAsync(new() { Blob = Blobs.Ref(bytes) }, Rpc.Options);
        Assert.Equal((0, false), (state.CommittedSize, state.Complete));
        await Rpc.FailsAsync(
            damage == "missing" ? StatusCode.NotFound : StatusCode.DataLoss,
            () => server.Models.DownloadAsync(Blobs.Ref(bytes).Digest)
        );

        Assert.True((await server.Models.UploadAsync(bytes)).Complete);
        Assert.Equal(bytes, await server.Models.DownloadAsync(Blobs.Ref(bytes).Digest));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(1001)]
    [InlineData(long.MaxValue)]
    public async Task UploadBlob_SizeOutsideTheLimit_IsRefusedBeforeAnyByteIsStored(long size)
    {
        await using TestServer server = await TestServer.StartAsync("--max-blob-bytes", "1000");

        RpcException failure = await Rpc.FailsAsync(
            StatusCode.InvalidArgument,
            () => server.Models.UploadAsync(new() { Digest = Digest.Of([]).Hex, Size = size }, [])
        );

        Assert.Contains("1 to 1000", failure.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task UploadBlob_ChunkTooLarge_IsInvalid()
    {
        await using TestServer server = await TestServer.StartAsync();
        byte[] bytes = Blobs.Random((64 << 10) + 1, seed: 6);
        using AsyncClientStreamingCall<V1.UploadBlobRequest, V1.UploadBlobResponse> call = server.Models.UploadBlob(Rpc.Options);

        await call.RequestStream.SendAsync(new() { Header = new() { Blob = Blobs.Ref(bytes) } });
        await call.RequestStream.SendAsync(new() { Chunk = ByteString.CopyFrom(bytes) });

        await Rpc.FailsAsync(StatusCode.InvalidArgument, () => call.ResponseAsync);
    }

    [Fact]
    public async Task UploadBlob_SecondWriter_IsAborted()
    {
        await using TestServer server = await TestServer.StartAsync();
        byte[] bytes = Blobs.Random(100_000, seed: 7);
        using AsyncClientStreamingCall<V1.UploadBlobRequest, V1.UploadBlobResponse> first = server.Models.UploadBlob(Rpc.Options);
        await first.RequestStream.SendAsync(new() { Header = new() { Blob = Blobs.Ref(bytes) } });
        await first.RequestStream.SendAsync(new() { Chunk = ByteString.CopyFrom(bytes, 0, 1000) });
        await WaitForUploadAsync(server, bytes, 0);

        await Rpc.FailsAsync(StatusCode.Aborted, () => server.Models.UploadAsync(bytes));

        await first.RequestStream.CompleteAsync();
        Assert.Equal(1000, (await first.ResponseAsync).CommittedSize);
    }

    [Fact]
    public async Task UploadBlob_TooManyAtOnce_IsResourceExhausted()
    {
        await using TestServer server = await TestServer.StartAsync("--max-uploads", "1");
        byte[] bytes = Blobs.Random(1000, seed: 8);
        using AsyncClientStreamingCall<V1.UploadBlobRequest, V1.UploadBlobResponse> first = server.Models.UploadBlob(Rpc.Options);
        await first.RequestStream.SendAsync(new() { Header = new() { Blob = Blobs.Ref(bytes) } });
        await WaitForUploadAsync(server, bytes, 0);

        RpcException failure = await Rpc.FailsAsync(
            StatusCode.ResourceExhausted,
            () => server.Models.UploadAsync(Blobs.Random(1000, seed: 9))
        );

        Assert.Equal("BUSY", failure.Reason());
    }

    [Fact]
    public async Task UploadBlob_TooManyOfOneCaller_IsResourceExhausted()
    {
        await using TestServer server = await TestServer.StartAsync("--max-uploads-per-caller", "1");
        byte[] bytes = Blobs.Random(1000, seed: 14);
        using AsyncClientStreamingCall<V1.UploadBlobRequest, V1.UploadBlobResponse> first = server.Models.UploadBlob(Rpc.Options);
        await first.RequestStream.SendAsync(new() { Header = new() { Blob = Blobs.Ref(bytes) } });
        await WaitForUploadAsync(server, bytes, 0);

        RpcException failure = await Rpc.FailsAsync(
            StatusCode.ResourceExhausted,
            () => server.Models.UploadAsync(Blobs.Random(1000, seed: 15))
        );

        Assert.Equal("BUSY", failure.Reason());
        await first.RequestStream.CompleteAsync();
        await first.ResponseAsync;
        Assert.True((await server.Models.UploadAsync(Blobs.Random(1000, seed: 15))).Complete);
    }

    [Fact]
    public async Task DownloadBlob_Unknown_IsNotFound()
    {
        await using TestServer server = await TestServer.StartAsync();

        await Rpc.FailsAsync(StatusCode.NotFound, () => server.Models.DownloadAsync(Digest.Of([1]).Hex));
        await Rpc.FailsAsync(StatusCode.InvalidArgument, () => server.Models.DownloadAsync("../../etc/passwd"));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1001)]
    public async Task DownloadBlob_OffsetOutsideTheBlob_IsOutOfRange(long offset)
    {
        await using TestServer server = await TestServer.StartAsync();
        byte[] bytes = Blobs.Random(1000, seed: 10);
        await server.Models.UploadAsync(bytes);

        await Rpc.FailsAsync(StatusCode.OutOfRange, () => server.Models.DownloadAsync(Blobs.Ref(bytes).Digest, offset));
    }

    /// <summary>Waits until the file of an upload exists, which means that the server is storing it.</summary>
    private static async Task WaitForUploadAsync(TestServer server, byte[] bytes, long length)
    {
        string uploads = server.App.Services.GetRequiredService<DataDirectory>().Uploads;
        var file = new FileInfo(Path.Combine(uploads, $"{Digest.Of(bytes).Hex}-{bytes.Length}"));
        while (!file.Exists || file.Length < length)
        {
            await Task.Yield();
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            file.Refresh();
        }
    }

    private static async Task<T> RetryWhileAsync<T>(StatusCode status, Func<Task<T>> call)
    {
        while (true)
        {
            try
            {
                return await call();
            }
            catch (RpcException exception) when (exception.StatusCode == status)
            {
                TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            }
        }
    }
}
