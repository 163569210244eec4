using System.Collections.Concurrent;
using Codec.Client.Models;
using Codec.Client.Tests.Infrastructure;
using Codec.Client.Transport;
using Codec.Models;
using Grpc.Core;
using Microsoft.Extensions.Time.Testing;

namespace Codec.Client.Tests.Models;

/// <summary>
/// Uploads of one blob of several chunks to a server that breaks the connection, reports wrong sizes, refuses or does not answer.
/// </summary>
public sealed class BlobUploadTests
{
    private const int Chunk = 64 << 10;

    private static readonly byte[] Bytes = Payload();
    private static readonly BlobEntry Blob = new(Digest.Of(Bytes), Bytes.Length);

    private readonly ConcurrentQueue<long> _offsets = new();
    private readonly List<byte> _committed = [];
    private readonly List<long> _progress = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Upload_CutAfterEachChunk_ContinuesFromTheCommittedSize(int chunks)
    {
        await using ScriptedServer server = await StartAsync(
            async (upload, call) =>
            {
                for (int i = 0; await upload.NextAsync(); i++)
                {
                    if (call == 1 && i == chunks)
                        throw upload.Cut();
                    upload.Commit();
                }

                return upload.Complete();
            }
        );

        await UploadAsync(server);

        Assert.Equal(Bytes, _committed);
        Assert.Equal([0, chunks * Chunk], _offsets);
        Assert.Equal(Bytes.Length, _progress[^1]);
    }

    [Fact]
    public async Task Upload_AnswerLost_QueriesAndSendsNothingTwice()
    {
        await using ScriptedServer server = await StartAsync(
            async (upload, _) =>
            {
                await upload.CommitAllAsync();
                throw upload.Cut();
            }
        );

        await UploadAsync(server);

        Assert.Equal(Bytes, _committed);
        Assert.Equal([0], _offsets);
    }

    [Fact]
    public async Task Upload_ServerEndsEarlyWithAllOfIt_IsDone()
    {
        await using ScriptedServer server = await StartAsync(
            async (upload, _) =>
            {
                await upload.NextAsync();
                // Another upload sent the rest.
                _committed.AddRange(Bytes);
                return upload.Complete();
            }
        );

        await UploadAsync(server);

        Assert.Equal([0], _offsets);
        Assert.Equal(Bytes.Length, _progress[^1]);
    }

    [Fact]
    public async Task Upload_ServerEndsEarlyWithAPart_ContinuesFromThere()
    {
        await using ScriptedServer server = await StartAsync(
            async (upload, call) =>
            {
                if (call > 1)
                {
                    await upload.CommitAllAsync();
                    return upload.Complete();
                }

                await upload.NextAsync();
                upload.Commit();
                return new V1.UploadBlobResponse { CommittedSize = _committed.Count };
            }
        );

        await UploadAsync(server);

        Assert.Equal(Bytes, _committed);
        Assert.Equal([0, Chunk], _offsets);
    }

    [Theory]
    [InlineData(StatusCode.Aborted)]
    [InlineData(StatusCode.OutOfRange)]
    [InlineData(StatusCode.Unavailable)]
    public async Task Upload_AnotherUploaderIsFaster_QueriesAndContinues(StatusCode status)
    {
        await using ScriptedServer server = await StartAsync(
            async (upload, call) =>
            {
                if (call == 1)
                {
                    _committed.AddRange(Bytes[..Chunk]);
                    throw ScriptedServer.Status(status, "another upload is under way");
                }

                await upload.CommitAllAsync();
                return upload.Complete();
            }
        );

        await UploadAsync(server);

        Assert.Equal(Bytes, _committed);
        Assert.Equal([0, Chunk], _offsets);
    }

    [Fact]
    public async Task Upload_AnotherUploaderForEver_FailsAccordingToThePolicy()
    {
        await using ScriptedServer server = await StartAsync(
            (_, _) => throw ScriptedServer.Status(StatusCode.Aborted, "another upload is under way")
        );

        var failure = await Assert.ThrowsAsync<UnavailableException>(() => UploadAsync(server, attempts: 3));

        Assert.Equal((StatusCode.Aborted, "another upload is under way"), (failure.Status, failure.Message));
        Assert.Equal(4, _offsets.Count);
    }

    [Fact]
    public async Task Upload_WhatTheServerHadIsDamaged_SendsAllOfItAgain()
    {
        _committed.AddRange(new byte[Chunk]);
        await using ScriptedServer server = await StartAsync(
            async (upload, call) =>
            {
                await upload.CommitAllAsync();
                if (call > 1)
                    return upload.Complete();
                _committed.Clear();
                throw ScriptedServer.Status(StatusCode.DataLoss, "the bytes do not have the digest");
            }
        );

        await UploadAsync(server);

        Assert.Equal(Bytes, _committed);
        Assert.Equal([Chunk, 0], _offsets);
    }

    [Fact]
    public async Task Upload_ServerFindsTheWholeBlobDamaged_FailsAtOnce()
    {
        await using ScriptedServer server = await StartAsync(
            async (upload, _) =>
            {
                await upload.CommitAllAsync();
                _committed.Clear();
                throw ScriptedServer.Status(StatusCode.DataLoss, "the bytes do not have the digest");
            }
        );

        var failure = await Assert.ThrowsAsync<CorruptDataException>(() => UploadAsync(server));

        Assert.Equal("the bytes do not have the digest", failure.Message);
        Assert.Equal([0], _offsets);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(long.MinValue)]
    [InlineData(long.MaxValue)]
    public async Task Upload_CommittedSizeOutsideTheBlob_FailsAtOnce(long committed)
    {
        await using ScriptedServer server = await StartAsync((upload, _) => Task.FromResult(upload.Complete()));
        server.Models.OnQuery = _ => new V1.QueryBlobResponse { CommittedSize = committed };

        var failure = await Assert.ThrowsAsync<CorruptDataException>(() => UploadAsync(server));

        Assert.Contains($"reports {committed} of the {Bytes.Length} bytes", failure.Message, StringComparison.Ordinal);
        Assert.Empty(_offsets);
    }

    [Fact]
    public async Task Upload_CommittedSizeShrinks_StartsThereAndFailsIfItStays()
    {
        long[] sizes = [Chunk, 10, 0, 0];
        int asked = 0;
        await using ScriptedServer server = await StartAsync((_, _) => throw ScriptedServer.Status(StatusCode.Unavailable, "lost"));
        server.Models.OnQuery = _ => new V1.QueryBlobResponse { CommittedSize = sizes[Math.Min(asked++, sizes.Length - 1)] };

        await Assert.ThrowsAsync<UnavailableException>(() => UploadAsync(server, attempts: 3));

        Assert.Equal(sizes, _offsets);
    }

    [Fact]
    public async Task Upload_AllCommittedButNotComplete_SendsTheHeaderAlone()
    {
        _committed.AddRange(Bytes);
        await using ScriptedServer server = await StartAsync(
            async (upload, _) =>
            {
                Assert.False(await upload.NextAsync());
                return upload.Complete();
            }
        );
        server.Models.OnQuery = _ => new V1.QueryBlobResponse { CommittedSize = Bytes.Length };

        await UploadAsync(server);

        Assert.Equal([Bytes.Length], _offsets);
    }

    [Fact]
    public async Task Upload_RefusedMidway_FailsAtOnceWithTheServersMessage()
    {
        await using ScriptedServer server = await StartAsync(
            async (upload, _) =>
            {
                await upload.NextAsync();
                throw ScriptedServer.Status(StatusCode.ResourceExhausted, "the disk is full");
            }
        );

        var failure = await Assert.ThrowsAsync<UnavailableException>(() => UploadAsync(server));

        Assert.Equal((StatusCode.ResourceExhausted, "the disk is full"), (failure.Status, failure.Message));
        Assert.Equal([0], _offsets);
    }

    [Fact]
    public async Task Upload_ServerDoesNotAnswer_FailsAfterTheCallTimeoutAndIsTriedAgain()
    {
        var time = new FakeTimeProvider();
        var log = new LogRecorder();
        var silent = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using ScriptedServer server = await StartAsync(
            async (upload, call) =>
            {
                await upload.CommitAllAsync();
                if (call > 1)
                    return upload.Complete();
                _committed.RemoveRange(Chunk, _committed.Count - Chunk);
                silent.SetResult();
                await Task.Delay(Timeout.Infinite, upload.Context.CancellationToken);
                return upload.Complete();
            }
        );
        Task upload = UploadAsync(server, time: time, log: log);
        await silent.Task.SoonAsync();

        await time.AdvanceUntilAsync(TimeSpan.FromSeconds(1), () => log.Retries == 1);
        await time.AdvanceUntilAsync(TimeSpan.FromMilliseconds(1), () => _offsets.Count == 2);

        await upload;
        Assert.Contains("did not answer within 30 s (CallTimeout)", log.Of(1).Single(), StringComparison.Ordinal);
        Assert.Equal(Bytes, _committed);
        Assert.Equal([0, Chunk], _offsets);
    }

    private static byte[] Payload()
    {
        // Three chunks and a part of one.
        byte[] bytes = new byte[3 * Chunk + 1000];
        new Random(11).NextBytes(bytes);
        return bytes;
    }

    private async Task UploadAsync(ScriptedServer server, int attempts = 20, TimeProvider? time = null, LogRecorder? log = null)
    {
        CodecClientOptions options = Clients.Options(server.Address);
        options = options with { Reconnect = options.Reconnect with { MaxAttempts = attempts } };
        using var connection = new ServiceConnection(options, log ?? new LogRecorder(), time ?? TimeProvider.System);
        await new BlobTransfer(connection).UploadAsync(Blob, Bytes, _progress.Add, Token).SoonAsync();
    }

    /// <summary>A server that plays a script for each upload, and tracks the committed bytes.</summary>
    private async Task<ScriptedServer> StartAsync(Func<Upload, int, Task<V1.UploadBlobResponse>> script)
    {
        ScriptedServer server = await ScriptedServer.StartAsync();
        server.Models.OnQuery = _ => new V1.QueryBlobResponse
        {
            CommittedSize = _committed.Count,
            Complete = _committed.Count == Bytes.Length,
        };
        server.Models.OnUpload = async (requests, context) =>
        {
            Assert.True(await requests.MoveNext(context.CancellationToken));
            _offsets.Enqueue(requests.Current.Header.Offset);
            return await script(new Upload(requests, context, _committed), _offsets.Count);
        };
        return server;
    }

    /// <summary>The server's side of an upload, after its header.</summary>
    private sealed class Upload(IAsyncStreamReader<V1.UploadBlobRequest> requests, ServerCallContext context, List<byte> committed)
    {
        public ServerCallContext Context { get; } = context;

        public Task<bool> NextAsync() => requests.MoveNext(Context.CancellationToken);

        public void Commit()
        {
            Assert.InRange(requests.Current.Chunk.Length, 1, Chunk);
            committed.AddRange(requests.Current.Chunk);
        }

        public async Task CommitAllAsync()
        {
            while (await NextAsync())
                Commit();
        }

        /// <summary>Cuts the connection; what is thrown reaches no client.</summary>
        public IOException Cut()
        {
            ScriptedServer.Cut(Context);
            return new IOException("cut");
        }

        public V1.UploadBlobResponse Complete() => new() { CommittedSize = committed.Count, Complete = true };
    }
}
