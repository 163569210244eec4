using Codec.Client.Cache;
using Codec.Client.Tests.Infrastructure;
using Codec.Models;
using Codec.Tests.Shared;
using Microsoft.Extensions.Time.Testing;

namespace Codec.Client.Tests.Cache;

public sealed class BlobCacheTests : IDisposable
{
    private const long Roomy = 1 << 20;

    private readonly TemporaryDirectory _directory = new();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly LogRecorder _log = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Read_WhatWasWritten_ReturnsTheBytes()
    {
        (Digest digest, byte[] bytes) = Blob(1);
        await Cache().WriteAsync(digest, bytes, Token);
        Assert.Equal(bytes, await Cache().ReadAsync(digest, Token));
        Assert.Equal([PathOf(digest)], Files());
    }

    [Fact]
    public async Task Read_NeverWritten_ReturnsNothing() => Assert.Null(await Cache().ReadAsync(Blob(1).Digest, Token));

    [Theory]
    [InlineData("flipped")]
    [InlineData("truncated")]
    [InlineData("longer")]
    [InlineData("empty")]
    public async Task Read_DamagedFile_RemovesItAndLogsIt(string damage)
    {
        (Digest digest, byte[] bytes) = Blob(1);
        BlobCache cache = Cache();
        await cache.WriteAsync(digest, bytes, Token);
        bytes[7] ^= 1;
        byte[] damaged = damage switch
        {
            "truncated" => bytes[..^1],
            "longer" => [.. bytes, 0],
            "empty" => [],
            _ => bytes,
        };
        await File.WriteAllBytesAsync(PathOf(digest), damaged, Token);

        Assert.Null(await cache.ReadAsync(digest, Token));
        Assert.Empty(Files());
        Assert.Contains(digest.Hex, Assert.Single(_log.Of(3)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_ForeignFileLargerThanABlob_RemovesItWithoutReadingIt()
    {
        (Digest digest, _) = Blob(1);
        Directory.CreateDirectory(Path.GetDirectoryName(PathOf(digest))!);
        // Sparse: it takes no space on the disk.
        await using (FileStream file = File.Create(PathOf(digest)))
            file.SetLength(ModelLimits.MaxBlobBytes + 1L);

        Assert.Null(await Cache().ReadAsync(digest, Token));
        Assert.Empty(Files());
        Assert.Single(_log.Of(3));
    }

    [Fact]
    public async Task Read_OnlyAPartialFile_ReturnsNothingAndTheNextWriteTheBytes()
    {
        // A process that died while writing leaves such a file.
        (Digest digest, byte[] bytes) = Blob(1);
        BlobCache cache = Cache();
        Directory.CreateDirectory(Path.GetDirectoryName(PathOf(digest))!);
        await File.WriteAllBytesAsync($"{PathOf(digest)}.1.partial", bytes[..50], Token);

        Assert.Null(await cache.ReadAsync(digest, Token));
        await cache.WriteAsync(digest, bytes, Token);
        Assert.Equal(bytes, await cache.ReadAsync(digest, Token));
        Assert.Empty(_log.Of(3));
    }

    [Fact]
    public async Task Write_Cancelled_LeavesNoFile()
    {
        (Digest digest, byte[] bytes) = Blob(1);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            Cache().WriteAsync(digest, bytes, new CancellationToken(canceled: true))
        );
        Assert.Empty(Files());
    }

    [Fact]
    public async Task Write_BeyondTheBound_RemovesTheLeastRecentlyUsed()
    {
        // Three blobs of 100 bytes fit.
        BlobCache cache = Cache(300);
        (Digest first, _) = await WriteAsync(cache, 1);
        (Digest second, _) = await WriteAsync(cache, 2);
        (Digest third, _) = await WriteAsync(cache, 3);
        Assert.NotNull(await cache.ReadAsync(first, Token));
        _time.Advance(TimeSpan.FromMinutes(1));
        (Digest fourth, _) = await WriteAsync(cache, 4);

        Assert.Null(await cache.ReadAsync(second, Token));
        foreach (Digest kept in new[] { first, third, fourth })
            Assert.NotNull(await cache.ReadAsync(kept, Token));
    }

    [Fact]
    public async Task Write_LargerThanTheBound_LeavesTheOthersAlone()
    {
        BlobCache cache = Cache(150);
        (Digest small, _) = await WriteAsync(cache, 1);
        byte[] large = new byte[151];
        await cache.WriteAsync(Digest.Of(large), large, Token);
        Assert.Equal([PathOf(small)], Files());
    }

    [Fact]
    public async Task Write_AbandonedPartialAndForeignFiles_RemovesOnlyTheOldPartial()
    {
        BlobCache cache = Cache();
        (Digest digest, _) = await WriteAsync(cache, 1);
        string old = PathOf(digest) + ".1.partial",
            fresh = PathOf(digest) + ".2.partial",
            foreign = _directory.File("notes.txt");
        foreach (string file in new[] { old, fresh, foreign })
        {
            await File.WriteAllTextAsync(file, "x", Token);
            File.SetLastAccessTimeUtc(file, _time.GetUtcNow().UtcDateTime);
        }

        File.SetLastAccessTimeUtc(old, _time.GetUtcNow().UtcDateTime.AddDays(-1));
        await WriteAsync(cache, 2);
        Assert.False(File.Exists(old));
        Assert.True(File.Exists(fresh) && File.Exists(foreign));
    }

    [Fact]
    public async Task ReadAndWrite_UnusableDirectory_WarnOnceAndReturnNothing()
    {
        string file = _directory.File("file");
        await File.WriteAllTextAsync(file, "not a directory", Token);
        var cache = new BlobCache(Path.Combine(file, "blobs"), Roomy, _time, _log);
        (Digest digest, byte[] bytes) = Blob(1);
        await cache.WriteAsync(digest, bytes, Token);
        await cache.WriteAsync(digest, bytes, Token);
        Assert.Null(await cache.ReadAsync(digest, Token));
        Assert.Single(_log.Of(2));
    }

    [Fact]
    public async Task ReadAndWrite_NoDirectory_DoNothing()
    {
        var cache = new BlobCache(null, Roomy, _time, _log);
        (Digest digest, byte[] bytes) = Blob(1);
        await cache.WriteAsync(digest, bytes, Token);
        Assert.Null(await cache.ReadAsync(digest, Token));
    }

    [Fact]
    public async Task ReadAndWrite_ManyCachesOfOneDirectory_NeverReturnWrongBytes()
    {
        // The caches share no state, like separate processes. The bound makes them trim files that others use.
        BlobCache[] caches = [.. Enumerable.Range(0, 6).Select(_ => Cache(5 * 100))];
        int hits = 0;
        await Parallel.ForEachAsync(
            Enumerable.Range(0, 600),
            new ParallelOptions { MaxDegreeOfParallelism = 6, CancellationToken = Token },
            async (round, token) =>
            {
                (Digest digest, byte[] bytes) = Blob(round % 8);
                BlobCache cache = caches[round % caches.Length];
                if (await cache.ReadAsync(digest, token) is { } read)
                {
                    Assert.Equal(bytes, read);
                    Interlocked.Increment(ref hits);
                }
                else
                {
                    await cache.WriteAsync(digest, bytes, token);
                }
            }
        );
        Assert.InRange(hits, 1, 599);
        Assert.Empty(_log.Of(2));
        Assert.Empty(_log.Of(3));
        Assert.DoesNotContain(Files(), file => file.EndsWith(".partial", StringComparison.Ordinal));
    }

    private static (Digest Digest, byte[] Bytes) Blob(int seed)
    {
        byte[] bytes = new byte[100];
        new Random(seed).NextBytes(bytes);
        return (Digest.Of(bytes), bytes);
    }

    private BlobCache Cache(long maxBytes = Roomy) => new(_directory.Path, maxBytes, _time, _log);

    private async Task<(Digest Digest, byte[] Bytes)> WriteAsync(BlobCache cache, int seed)
    {
        (Digest Digest, byte[] Bytes) blob = Blob(seed);
        await cache.WriteAsync(blob.Digest, blob.Bytes, Token);
        _time.Advance(TimeSpan.FromMinutes(1));
        return blob;
    }

    private string PathOf(Digest digest) => Path.Combine(_directory.Path, digest.Hex[..2], digest.Hex);

    private string[] Files() => Directory.GetFiles(_directory.Path, "*", SearchOption.AllDirectories);
}
