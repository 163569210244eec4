using System.Collections.Concurrent;
using Codec.Client.Tests.Infrastructure;
using Codec.Models;
using Codec.Tests.Shared;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.Time.Testing;

namespace Codec.Client.Tests.Models;

/// <summary>Downloads of one blob from a server that breaks the connection, sends something else, or sends nothing.</summary>
public sealed class BlobDownloadTests
{
    private const int Chunk = 1000;

    private static readonly ModelPackage Package = SmallModel.Create();
    private static readonly BlobEntry Largest = Package.Manifest.Blobs.MaxBy(blob => blob.Size)!;
    private static readonly byte[] Bytes = Package.Blobs[Largest.Digest].ToArray();

    private readonly ConcurrentQueue<long> _offsets = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Download_EndedAfterEachChunk_ContinuesAtTheByteThatIsNext()
    {
        await using ScriptedServer server = await StartAsync(
            async (request, send, _) =>
            {
                await send(request.Offset, Chunk);
                if (request.Offset + Chunk < Bytes.Length)
                    throw ScriptedServer.Status(StatusCode.Unavailable, "draining");
            }
        );
        // Fewer attempts than chunks: each chunk is progress, which restarts the count.
        using var client = new CodecClient(Patient(server, attempts: 1));

        ModelPackage package = await client.DownloadModelAsync("small-8", Token).SoonAsync();

        Assert.Equal(Bytes, package.Blobs[Largest.Digest].ToArray());
        Assert.Equal(Enumerable.Range(0, (Bytes.Length + Chunk - 1) / Chunk).Select(i => (long)i * Chunk), _offsets);
    }

    [Fact]
    public async Task Download_CutAfterMoreAndMoreChunks_NeverRestarts()
    {
        await using ScriptedServer server = await StartAsync(
            async (request, send, context) =>
            {
                int length = (_offsets.Count - 1) * Chunk;
                await send(request.Offset, length);
                // The last bytes may be lost with the connection.
                if (request.Offset + length < Bytes.Length)
                    ScriptedServer.Cut(context);
            }
        );
        using CodecClient client = Clients.Create(server.Address);

        ModelPackage package = await client.DownloadModelAsync("small-8", Token).SoonAsync();

        Assert.Equal(Bytes, package.Blobs[Largest.Digest].ToArray());
        Assert.Equal(_offsets.Order(), _offsets);
        Assert.InRange(_offsets.Count, 3, Bytes.Length / Chunk + 2);
    }

    [Fact]
    public async Task Download_BrokenOffWithoutAnyByte_FailsAccordingToThePolicy()
    {
        await using ScriptedServer server = await StartAsync((_, _, _) => throw ScriptedServer.Status(StatusCode.Unavailable, "draining"));
        using var client = new CodecClient(Patient(server, attempts: 3));

        var failure = await Assert.ThrowsAsync<UnavailableException>(() => client.DownloadModelAsync("small-8", Token).SoonAsync());

        Assert.Equal("draining", failure.Message);
        Assert.Equal([0, 0, 0, 0], _offsets);
    }

    [Fact]
    public async Task Download_ServerThatSendsNothing_FailsAfterOneCallTimeout()
    {
        await using ScriptedServer server = await StartAsync((_, _, context) => Task.Delay(Timeout.Infinite, context.CancellationToken));
        var time = new FakeTimeProvider();
        using var client = new CodecClient(Patient(server, attempts: 100), time: time);

        Task downloading = client.DownloadModelAsync("small-8", Token);
        await time.AdvanceUntilAsync(TimeSpan.FromSeconds(1), () => downloading.IsCompleted);

        await Assert.ThrowsAsync<UnavailableException>(() => downloading);
        Assert.Equal([0], _offsets);
    }

    [Theory]
    [InlineData("another byte", "bytes with the digest")]
    [InlineData("one byte less", "bytes of the blob")]
    [InlineData("nothing", "The server sent 0 bytes")]
    [InlineData("one byte more", "more than the")]
    [InlineData("without end", "more than the")]
    [InlineData("all of it twice", "more than the")]
    public async Task Download_OtherBytes_FailsAtOnceAndKeepsNothing(string fault, string message)
    {
        using var directory = new TemporaryDirectory();
        await using ScriptedServer server = await StartAsync(
            async (request, send, context) =>
            {
                switch (fault)
                {
                    case "another byte":
                        byte[] damaged = [.. Bytes[..^1], (byte)(Bytes[^1] ^ 1)];
                        await WriteAsync(context, damaged);
                        break;
                    case "one byte less":
                        await send(0, Bytes.Length - 1);
                        break;
                    case "one byte more":
                        await send(0, Bytes.Length);
                        await WriteAsync(context, [0]);
                        break;
                    case "without end":
                        while (true)
                            await send(0, Bytes.Length);
                    case "all of it twice":
                        await send(0, Bytes.Length);
                        await send(0, Bytes.Length);
                        break;
                }
            }
        );
        using var client = new CodecClient(Clients.Options(server.Address) with { CacheDirectory = directory.Path });

        var failure = await Assert.ThrowsAsync<CorruptDataException>(() => client.DownloadModelAsync("small-8", Token).SoonAsync());

        Assert.Contains(message, failure.Message, StringComparison.Ordinal);
        Assert.Contains(Largest.Digest.Hex, failure.Message, StringComparison.Ordinal);
        Assert.Single(_offsets);
        Assert.DoesNotContain(
            Directory.GetFiles(directory.Path, "*", SearchOption.AllDirectories),
            file => file.Contains(Largest.Digest.Hex, StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task Download_BlobVanishesMidway_FailsAtOnceWithNotFound()
    {
        await using ScriptedServer server = await StartAsync(
            async (_, send, _) =>
            {
                await send(0, Chunk);
                throw ScriptedServer.Status(StatusCode.NotFound, "the blob was deleted");
            }
        );
        using CodecClient client = Clients.Create(server.Address);

        var failure = await Assert.ThrowsAsync<NotFoundException>(() => client.DownloadModelAsync("small-8", Token).SoonAsync());

        Assert.Equal("the blob was deleted", failure.Message);
        Assert.Single(_offsets);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Download_NothingArrives_FailsAfterTheCallTimeoutAndContinuesAtTheOffset(bool emptyChunks)
    {
        var time = new FakeTimeProvider();
        var log = new LogRecorder();
        var stalled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using ScriptedServer server = await StartAsync(
            async (request, send, context) =>
            {
                if (_offsets.Count > 1)
                {
                    await send(request.Offset, Bytes.Length - (int)request.Offset);
                    return;
                }

                await send(0, Chunk);
                stalled.SetResult();
                while (emptyChunks)
                    await WriteAsync(context, []);
                await Task.Delay(Timeout.Infinite, context.CancellationToken);
            }
        );
        using CodecClient client = Clients.Create(server.Address, log, time);
        Task<ModelPackage> download = client.DownloadModelAsync("small-8", Token);
        await stalled.Task.SoonAsync();

        await time.AdvanceUntilAsync(TimeSpan.FromSeconds(1), () => log.Retries == 1);
        await time.AdvanceUntilAsync(TimeSpan.FromMilliseconds(1), () => _offsets.Count == 2);

        Assert.Equal(Bytes, (await download).Blobs[Largest.Digest].ToArray());
        Assert.Equal([0, Chunk], _offsets);
    }

    [Fact]
    public async Task Download_Cancelled_EndsWithTheToken()
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using ScriptedServer server = await StartAsync(
            async (_, _, context) =>
            {
                asked.SetResult();
                await Task.Delay(Timeout.Infinite, context.CancellationToken);
            }
        );
        using CodecClient client = Clients.Create(server.Address);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task<ModelPackage> download = client.DownloadModelAsync("small-8", stop.Token);
        await asked.Task.SoonAsync();

        await stop.CancelAsync();

        Assert.Equal(stop.Token, (await Assert.ThrowsAnyAsync<OperationCanceledException>(() => download.SoonAsync())).CancellationToken);
    }

    [Fact]
    public async Task Download_ClientDisposed_EndsWithThat()
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using ScriptedServer server = await StartAsync(
            async (_, _, context) =>
            {
                asked.SetResult();
                await Task.Delay(Timeout.Infinite, context.CancellationToken);
            }
        );
        CodecClient client = Clients.Create(server.Address);
        Task<ModelPackage> download = client.DownloadModelAsync("small-8", Token);
        await asked.Task.SoonAsync();

        client.Dispose();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => download.SoonAsync());
    }

    private static CodecClientOptions Patient(ScriptedServer server, int attempts)
    {
        CodecClientOptions options = Clients.Options(server.Address);
        return options with { Reconnect = options.Reconnect with { MaxAttempts = attempts } };
    }

    private static Task WriteAsync(Writing context, byte[] chunk) =>
        context.Stream.WriteAsync(new V1.DownloadBlobResponse { Chunk = ByteString.CopyFrom(chunk) }, context.CancellationToken);

    /// <summary>A server of the package that plays a script for its largest blob; the script sends (offset, length) of it.</summary>
    private async Task<ScriptedServer> StartAsync(Func<V1.DownloadBlobRequest, Func<long, int, Task>, Writing, Task> script)
    {
        ScriptedServer server = await ScriptedServer.StartAsync();
        server.Models.Serve(Package);
        server.Models.OnDownload = (request, stream, context) =>
        {
            if (request.Digest != Largest.Digest.Hex)
                return ScriptedModels.SendAsync(stream, ScriptedModels.Blob([Package], request.Digest));
            _offsets.Enqueue(request.Offset);
            return script(request, SendAsync, new Writing(stream, context));

            async Task SendAsync(long offset, int length)
            {
                byte[] part = Bytes[(int)offset..(int)Math.Min(Bytes.Length, offset + length)];
                foreach (byte[] chunk in part.Chunk(Chunk))
                    await stream.WriteAsync(new V1.DownloadBlobResponse { Chunk = ByteString.CopyFrom(chunk) }, context.CancellationToken);
            }
        };
        return server;
    }

    /// <summary>A call that the script writes to.</summary>
    private sealed record Writing(IServerStreamWriter<V1.DownloadBlobResponse> Stream, ServerCallContext Context)
    {
        public CancellationToken CancellationToken => Context.CancellationToken;

        public static implicit operator ServerCallContext(Writing writing) => writing.Context;
    }
}
