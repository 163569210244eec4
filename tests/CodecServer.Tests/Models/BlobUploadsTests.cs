using System.Runtime.CompilerServices;
using Codec.Models;
using Codec.Server;
using Codec.Server.Limits;
using Codec.Server.Models;
using Codec.Server.Options;
using Codec.Server.Stores;
using Codec.Tests.Shared;
using CodecServer.Tests.Infrastructure;
using Microsoft.Extensions.Options;

namespace CodecServer.Tests.Models;

/// <summary>Progress keeps an upload alive, and nothing else does.</summary>
public sealed class BlobUploadsTests
{
    private static readonly byte[] Bytes = Blobs.Random(200_000, seed: 1);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0)]
    [InlineData(1000)]
    public async Task ReceiveAsync_MessagesWithFewBytes_EndWithTheTime(int chunk)
    {
        RequestException ended = await Runs.RefusesAsync(RequestError.Aborted, () => ReceiveAsync(chunk, seconds: 10));

        Assert.Equal("UPLOAD_IDLE", ended.Reason);
        Assert.Contains("65536 bytes", ended.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ReceiveAsync_EnoughBytesInTime_GoesOnForAsLongAsItTakes()
    {
        BlobState state = await ReceiveAsync(chunk: 64 << 10, seconds: 29);

        Assert.Equal(new BlobState(Bytes.Length, Complete: true), state);
    }

    private static async Task<BlobState> ReceiveAsync(int chunk, int seconds)
    {
        using var directory = new TemporaryDirectory();
        var options = Options.Create(new StoreOptions { UploadIdleSeconds = 30 });
        await using var stores = new EmbeddedStores(directory.Path);
        using var limits = new ServerLimits(
            Options.Create(new CodingOptions()),
            Options.Create(new ChannelOptions()),
            options,
            Options.Create(new LimitOptions()),
            stores.Time
        );
        var uploads = new BlobUploads(stores.Blobs, limits, options, stores.Time);
        return await uploads.ReceiveAsync(PartsAsync(), "caller", Ct);

        async IAsyncEnumerable<UploadPart> PartsAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            yield return new UploadHeader(new BlobEntry(Digest.Of(Bytes), Bytes.Length), Offset: 0);
            for (int at = 0; at < Bytes.Length; )
            {
                stores.Time.Advance(TimeSpan.FromSeconds(seconds));
                cancellationToken.ThrowIfCancellationRequested();
                int length = Math.Min(chunk, Bytes.Length - at);
                yield return new UploadChunk(Bytes.AsMemory(at, length));
                at += length;
            }
        }
    }
}
