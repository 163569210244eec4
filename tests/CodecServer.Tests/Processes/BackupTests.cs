using CliWrap.Buffered;
using Codec;
using Codec.Frames;
using Codec.Models;
using Codec.Server.Stores;
using Codec.Tests.Shared;
using Codec.Tests.Shared.Processes;
using CodecServer.Tests.Infrastructure;
using Dapper;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.Data.Sqlite;
using V1 = Codec.V1;

namespace CodecServer.Tests.Processes;

/// <summary>Backs up a busy server in a process of its own, restores, and compares with what the server acknowledged.</summary>
public sealed class BackupTests
{
    private readonly Dictionary<long, byte[]> _codes = [];
    private readonly HashSet<string> _versions = [];
    private readonly Lock _lock = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Backup_UnderPublishing_RestoresWhatWasAcknowledgedBeforeIt()
    {
        using var directory = new TemporaryDirectory();
        using CodecModel model = CodecModel.Load(SmallModel.Create());
        (int codes, string[] versions) before;
        await using (CalledServer server = await CalledServer.StartAsync(directory.File("data")))
        {
            await server.Channels.CreateChannelAsync(new() { Name = "faces" }, Rpc.Options);
            await PublishVersionAsync(server, SmallModel.Create());
            await server.Models.SetAliasAsync(
                new()
                {
                    Model = "small-8",
                    Name = "live",
                    Digest = _versions.Single(),
                },
                Rpc.Options
            );
            using var stop = new CancellationTokenSource();
            var warm = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Task load = Task.WhenAll(ProduceAsync(server, model, warm, stop.Token), PublishVersionsAsync(server, stop.Token));
            Task first = await Task.WhenAny(warm.Task, load).WaitAsync(Waiting.Patience, Ct);
            await first; // Throws if the load failed.
            before = Acknowledged();

            await RunAsync("backup", directory.File("backups"), "--data-directory", directory.File("data"));

            Assert.True(Acknowledged().Codes > before.codes, "Nothing was published during the backup.");
            await stop.CancelAsync();
            await load;
        }

        await RunAsync("restore", directory.File("backups"), "--data-directory", directory.File("restored"));
        await using CalledServer restored = await CalledServer.StartAsync(directory.File("restored"));
        await VerifyVersionsAsync(restored, before.versions);
        await VerifyCodesAsync(restored, model, before.codes);
    }

    [Fact]
    public async Task Restore_IntoTheDirectoryOfAServer_IsRefusedInOneLine()
    {
        using var directory = new TemporaryDirectory();
        string data = directory.File("data");
        await using (CalledServer server = await CalledServer.StartAsync(data))
        {
            await RunAsync("backup", directory.File("backups"), "--data-directory", data);
        }

        BufferedCommandResult result = await ExecuteAsync("restore", directory.File("backups"), "--data-directory", data);

        Assert.Equal(2, result.ExitCode);
        Assert.Matches("^The data directory .* is not empty: it holds .*\n$", result.StandardError);
    }

    /// <summary>Damage that SQLite does not see: the codes are checked as --verify-store checks them.</summary>
    [Fact]
    public async Task BackupAndRestore_DamagedCodes_EndWithStatusOne()
    {
        using var directory = new TemporaryDirectory();
        string data = directory.File("data");
        await using (var stores = new EmbeddedStores(data))
        {
            ChannelId channel = (await stores.Log.CreateAsync("faces", Retention.All, Ct)).Channel.Id;
            await stores.Log.AppendAsync(channel, Runs.Of(10), null, Ct);
        }

        using (var log = new SqliteConnection($"Data Source={Path.Combine(data, "channels.db")};Pooling=False"))
            log.Execute("UPDATE frames SET frame = CAST(X'00' || SUBSTR(frame, 2) AS BLOB)");
        BufferedCommandResult backup = await ExecuteAsync("backup", directory.File("backups"), "--data-directory", data);
        string written = Assert.Single(Directory.GetDirectories(directory.File("backups")));
        BufferedCommandResult restore = await ExecuteAsync("restore", written, "--data-directory", directory.File("restored"));

        foreach (BufferedCommandResult result in new[] { backup, restore })
        {
            Assert.Equal(1, result.ExitCode);
            Assert.Contains("problem: The codes 1 to 10 of 'faces' are damaged", result.StandardOutput, StringComparison.Ordinal);
            Assert.Matches("^.* It holds damage: 1 lines of .*\n$", result.StandardError);
        }
    }

    private static Task<BufferedCommandResult> ExecuteAsync(params string[] args) =>
        Programs.Dotnet(Programs.PathOf("src/CodecServer", "CodecServer"), args).RunAsync(Ct);

    private static async Task RunAsync(params string[] args)
    {
        BufferedCommandResult result = await ExecuteAsync(args);
        Assert.True(result.ExitCode == 0, result.StandardOutput + result.StandardError);
        Assert.Contains(args[1], result.StandardOutput, StringComparison.Ordinal);
    }

    private (int Codes, string[] Versions) Acknowledged()
    {
        lock (_lock)
        {
            return (_codes.Count, [.. _versions]);
        }
    }

    /// <summary>Publishes codes, eight at a time, and keeps each that is acknowledged.</summary>
    private async Task ProduceAsync(CalledServer server, CodecModel model, TaskCompletionSource warm, CancellationToken stop)
    {
        using AsyncDuplexStreamingCall<V1.PublishRequest, V1.PublishResponse> call = server.Channels.Publish(Rpc.Options);
        await call.RequestStream.SendAsync(
            new()
            {
                Header = new()
                {
                    Channel = "faces",
                    Model = "small-8",
                    Quality = 1,
                    Producer = "camera",
                },
            }
        );
        await call.ResponseStream.NextAsync();
        for (long sequence = 0; !stop.IsCancellationRequested; sequence += 8)
        {
            byte[][] codes =
            [
                .. Enumerable
                    .Range(1, 8)
                    .Select(i => model.Encode(SmallModel.Image((int)sequence + i), SmallModel.Side, SmallModel.Side, 1)),
            ];
            for (int i = 0; i < codes.Length; i++)
            {
                await call.RequestStream.SendAsync(
                    new() { Frame = ByteString.CopyFrom(CodeFrame.Write(1, [codes[i]])), ProducerSequence = sequence + i + 1 }
                );
            }

            foreach (byte[] code in codes)
            {
                V1.PublishResponse acknowledged = await call.ResponseStream.NextAsync();
                lock (_lock)
                {
                    _codes.Add(acknowledged.FirstSequence, code);
                }
            }

            if (sequence == 80)
                warm.SetResult();
        }

        await call.RequestStream.CompleteAsync();
    }

    private async Task PublishVersionsAsync(CalledServer server, CancellationToken stop)
    {
        for (int i = 0; !stop.IsCancellationRequested; i++)
            await PublishVersionAsync(server, SmallModel.Create(note: $"version {i}"));
    }

    private async Task PublishVersionAsync(CalledServer server, ModelPackage package)
    {
        foreach (ReadOnlyMemory<byte> blob in package.Blobs.Values)
        {
            byte[] bytes = blob.ToArray();
            if (!(await server.Models.QueryBlobAsync(new() { Blob = Blobs.Ref(bytes) }, Rpc.Options)).Complete)
                await server.Models.UploadAsync(bytes);
        }

        await server.Models.PublishVersionAsync(new() { Manifest = ByteString.CopyFrom(package.ManifestBytes.Span) }, Rpc.Options);
        lock (_lock)
        {
            _versions.Add(package.Version.Hex);
        }
    }

    /// <summary>Every version that was acknowledged before the backup exists, and each that exists is complete.</summary>
    private async Task VerifyVersionsAsync(CalledServer server, string[] before)
    {
        string[] listed =
        [
            .. (await server.Models.ListVersionsAsync(new() { Model = "small-8" }, Rpc.Options)).Versions.Select(version => version.Digest),
        ];
        Assert.Subset(listed.ToHashSet(), before.ToHashSet());
        Assert.Subset(_versions, listed.ToHashSet());
        foreach (string digest in listed)
        {
            V1.GetVersionResponse version = await server.Models.GetVersionAsync(new() { Model = $"small-8@sha256:{digest}" }, Rpc.Options);
            Assert.Equal(digest, Digest.Of(version.Manifest.Span).Hex);
            foreach (BlobEntry blob in ModelManifest.Parse(version.Manifest.Span).Blobs)
                Assert.Equal(blob.Digest, Digest.Of(await server.Models.DownloadAsync(blob.Digest.Hex)));
        }
    }

    /// <summary>The log has no gap, holds what was acknowledged before the backup, byte for byte, and its producer continues.</summary>
    private async Task VerifyCodesAsync(CalledServer server, CodecModel model, int before)
    {
        V1.ChannelInfo channel = Assert.Single((await server.Channels.ListChannelsAsync(new(), Rpc.Options)).Channels);
        Assert.InRange(channel.NextSequence, before + 1, _codes.Count + 1);
        using AsyncServerStreamingCall<V1.SubscribeResponse> subscription = server.Channels.Subscribe(
            new() { Channel = "faces", Start = true },
            Rpc.Options
        );
        for (long next = 1; next < channel.NextSequence; )
        {
            V1.SubscribeResponse response = await subscription.ResponseStream.NextAsync();
            if (response.PartCase != V1.SubscribeResponse.PartOneofCase.Frame)
                continue;

            Assert.Equal(next, response.FirstSequence);
            foreach (ReadOnlyMemory<byte> code in model.SplitFrame(response.Frame.Memory).Codes)
                Assert.Equal(_codes[next++], code.ToArray());
        }

        using AsyncDuplexStreamingCall<V1.PublishRequest, V1.PublishResponse> call = server.Channels.Publish(Rpc.Options);
        await call.RequestStream.SendAsync(
            new()
            {
                Header = new()
                {
                    Channel = "faces",
                    Model = "small-8",
                    Quality = 1,
                    Producer = "camera",
                },
            }
        );
        Assert.Equal(channel.NextSequence - 1, (await call.ResponseStream.NextAsync()).LastProducerSequence);
    }
}
