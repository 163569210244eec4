using System.Text.Json;
using CliWrap;
using CliWrap.Buffered;
using Codec.Client;
using Codec.Frames;
using Codec.Imaging;
using Codec.Models;
using Codec.Tests.Shared;
using Codec.Tests.Shared.Processes;

namespace Codec.Tool.Tests;

/// <summary>publish, subscribe, channels and consumers, against a real server.</summary>
public sealed class ChannelsTests(ServerFixture server) : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    [Fact]
    public async Task Publish_WrongQualityEffortOrFolder_SaysWhatIsWrong()
    {
        string image = _folder.WriteGradient("a.png", 8, 8);

        ToolRun quality = await server.RunAsync("publish", "wrong-input", image, "--create", "-q", "9");
        ToolRun effort = await server.RunAsync("publish", "wrong-input", image, "--effort", "8");
        ToolRun folder = await server.RunAsync("publish", "wrong-input", "--watch", _folder.File("missing"));
        ToolRun sequence = await server.RunAsync("consumers", "seek", "wrong-input", "me", "99");

        Assert.Contains("--quality: 9 is out of range; photos has 0 to 8.", Assert.Single(quality.Errors), StringComparison.Ordinal);
        Assert.Contains(
            "--effort: 8 is out of range; this server has 0 to 2. Ask for less",
            Assert.Single(effort.Errors),
            StringComparison.Ordinal
        );
        Assert.Contains("missing': there is no such folder.", Assert.Single(folder.Errors), StringComparison.Ordinal);
        Assert.Contains(
            "sequence 99 is out of range; a consumer of 'wrong-input' may",
            Assert.Single(sequence.Errors),
            StringComparison.Ordinal
        );
        Assert.Equal((2, 2, 1, 1), (quality.ExitCode, effort.ExitCode, folder.ExitCode, sequence.ExitCode));
        Assert.All([quality, effort, folder, sequence], run => Assert.Equal("", run.Output));
    }

    [Fact]
    public async Task Subscribe_SequenceAfterTheEnd_NamesTheOptionOrCommandThatHelps()
    {
        (await server.RunAsync("channels", "create", "short")).Succeeded();

        ToolRun tail = await server.RunAsync("channels", "tail", "short", "--from", "77");
        ToolRun consumer = await server.RunAsync("subscribe", "short", "-o", _folder.File("o"), "--consumer", "me", "--from", "77");

        Assert.EndsWith(" --from start continues with the oldest code.", Assert.Single(tail.Errors), StringComparison.Ordinal);
        Assert.EndsWith(
            " codec consumers seek short me 1 continues with the oldest code.",
            Assert.Single(consumer.Errors),
            StringComparison.Ordinal
        );
        Assert.All([tail, consumer], run => Assert.Equal((1, ""), (run.ExitCode, run.Output)));
        Assert.All([tail, consumer], run => Assert.DoesNotContain("Subscribe", run.Errors[0], StringComparison.Ordinal));
    }

    [Fact]
    public async Task Tail_CodesOfADeletedVersion_NamesTheOptionThatContinues()
    {
        ModelPackage model = SmallModel.Create("gone-8");
        string path = _folder.File("gone-8.codec");
        model.Save(path);
        (await server.RunAsync("models", "publish", path, "--alias", "live")).Succeeded();
        string image = _folder.WriteGradient("a.png", model.Manifest.Input.Size.Width, model.Manifest.Input.Size.Height);
        (await server.RunAsync("publish", "of-gone", image, "--create", "--model", "gone-8")).Succeeded();
        (await server.RunAsync("models", "delete", "gone-8@live")).Succeeded();
        (await server.RunAsync("models", "delete", $"gone-8@sha256:{model.Version.Hex}", "--force")).Succeeded();

        ToolRun tail = await server.RunAsync("channels", "tail", "of-gone", "--from", "1");

        Assert.Equal((1, ""), (tail.ExitCode, tail.Output));
        Assert.EndsWith(" was deleted. --from 2 continues after it.", Assert.Single(tail.Errors), StringComparison.Ordinal);
    }

    /// <summary>Without an input, .NET's own descriptor is in its place, and a read of that does not end.</summary>
    [Fact]
    public async Task Publish_ClosedInput_SaysSo()
    {
        string[] command = ["dotnet", ToolRun.Path, "publish", "closed-input", "-", "--create", "--server", server.Address];

        BufferedCommandResult run = await Programs
            .Command("bash", ["-c", "\"$@\" <&-; echo $?", "bash", .. command])
            .RunAsync(TestContext.Current.CancellationToken);

        Assert.Equal("1", run.StandardOutput.Trim());
        Assert.Contains("-: The input is closed; ", run.StandardError, StringComparison.Ordinal);
    }

    /// <summary>The reader takes one line and goes, as `head -n 1` does.</summary>
    [Fact]
    public async Task Tail_ReaderThatHasGone_Ends()
    {
        string image = _folder.WriteGradient("a.png", 8, 8);
        (await server.RunAsync("publish", "gone-reader", image, "--create")).Succeeded();
        CancellationToken token = TestContext.Current.CancellationToken;
        string[] command = ["dotnet", ToolRun.Path, "channels", "tail", "gone-reader", "--from", "start", "--server", server.Address];
        Task<BufferedCommandResult> tail = Programs
            .Command("bash", ["-c", "\"$@\" | head -n 1; echo ${PIPESTATUS[0]}", "bash", .. command])
            .RunAsync(token);

        using CodecClient client = server.Connect();
        await using ChannelPublisher publisher = await client.OpenPublisherAsync("gone-reader", "photos", 4, null, token);
        var sent = ImageSource.FromFile(File.ReadAllBytes(image));
        await Waiting.UntilAsync(
            async () =>
            {
                await publisher.PublishAsync(sent, cancellationToken: token);
                return tail.IsCompleted;
            },
            "The end of codec channels tail",
            token
        );

        string[] lines = (await tail).StandardOutput.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.StartsWith("1  ", lines[0], StringComparison.Ordinal);
        Assert.Equal("141", lines[^1]);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task PublishThenSubscribe_NamedConsumer_ContinuesAfterTheLastFile()
    {
        string[] files = [.. Enumerable.Range(1, 3).Select(i => _folder.WriteGradient($"in/cam-{i}.png", 30 + i, 20))];
        string bad = _folder.Write("in/bad.png", "no image");
        string output = _folder.File("out");

        ToolRun published = await server.RunAsync(["publish", "resumed", files[0], bad, files[1], files[2], "--create", "--json"]);
        string[] subscribe = ["subscribe", "resumed", "-o", output, "--consumer", "writer", "--from", "start"];
        ToolRun first = (await server.RunAsync([.. subscribe, "--count", "2"])).Succeeded();
        ToolRun second = (await server.RunAsync([.. subscribe, "--count", "1", "--json"])).Succeeded();
        ToolRun consumers = (await server.RunAsync("consumers", "list", "resumed", "--json")).Succeeded();

        Assert.Equal(1, published.ExitCode);
        Assert.StartsWith($"codec: {bad}: ", Assert.Single(published.Errors), StringComparison.Ordinal);
        Assert.Equal(
            [("cam-1", 1), ("cam-2", 2), ("cam-3", 3)],
            published.Objects.Select(row => (Text(row, "key"), row.GetProperty("sequence").GetInt32()))
        );
        Assert.Equal(
            ["0000000001-cam-1.png", "0000000002-cam-2.png", "0000000003-cam-3.png"],
            Directory.EnumerateFiles(output).Select(path => Path.GetFileName(path)).Order()
        );
        Assert.Equal(33, ImageFile.Decode(File.ReadAllBytes(Path.Combine(output, "0000000003-cam-3.png"))).Width);
        Assert.Contains("times smaller than raw", first.Output, StringComparison.Ordinal);
        Assert.Equal(3, Assert.Single(second.Objects).GetProperty("sequence").GetInt32());
        Assert.Equal(
            ("writer", 4, 0),
            (
                Text(Assert.Single(consumers.Objects), "consumer"),
                consumers.Objects[0].GetProperty("nextSequence").GetInt32(),
                consumers.Objects[0].GetProperty("lag").GetInt32()
            )
        );
    }

    [Fact]
    public async Task Publish_ImageFromTheInput_HasTheGivenKey()
    {
        byte[] image = ImageFile.EncodePng(TestImages.Gradient(16, 16));
        BufferedCommandResult result = await Programs
            .Dotnet(ToolRun.Path, "publish", "piped", "-", "--key", "stdin", "--create", "--server", server.Address)
            .WithStandardInputPipe(PipeSource.FromBytes(image))
            .RunAsync(TestContext.Current.CancellationToken);

        Assert.Equal((0, ""), (result.ExitCode, result.StandardError));
        ToolRun tail = (await server.RunAsync("channels", "tail", "piped", "--from", "start", "--count", "1", "--json")).Succeeded();
        JsonElement code = Assert.Single(tail.Objects);
        Assert.Equal(("stdin", 16), (Text(code, "key"), code.GetProperty("width").GetInt32()));
        Assert.True(code.GetProperty("storedAt").GetDateTimeOffset() > DateTimeOffset.UnixEpoch);
    }

    [Fact]
    public async Task Subscribe_KeyThatIsAPath_StaysInTheFolder()
    {
        using CodecClient client = server.Connect();
        await client.CreateChannelAsync("hostile", cancellationToken: TestContext.Current.CancellationToken);
        await using (
            ChannelPublisher publisher = await client.OpenPublisherAsync(
                "hostile",
                "photos",
                0,
                cancellationToken: TestContext.Current.CancellationToken
            )
        )
        {
            await publisher.PublishAsync(
                ImageSource.FromFile(ImageFile.EncodePng(TestImages.Gradient(8, 8))),
                new CodeInfo { Key = "../../é/x" },
                TestContext.Current.CancellationToken
            );
        }

        string output = _folder.File("a/b/out");
        (await server.RunAsync("subscribe", "hostile", "-o", output, "--from", "1", "--count", "1")).Succeeded();

        Assert.Equal("0000000001-.._..___x.png", Path.GetFileName(Assert.Single(Directory.EnumerateFiles(output))));
        Assert.Equal([output], Directory.EnumerateDirectories(_folder.File("a/b")));
    }

    [Fact]
    public async Task PublishWatchAndSubscribe_FileThatAppears_ArrivesAndSigtermCommitsIt()
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        string watched = Path.GetDirectoryName(_folder.WriteGradient("watched/old.png", 8, 8))!;
        string output = _folder.File("out");
        await using var publisher = Start("publish", "watched", "--watch", watched, "--create");
        await Waiting.UntilAsync(() => publisher.Errors.Contains("Watching", StringComparison.Ordinal), "The watch's start", token);

        _folder.WriteGradient("watched/new.png", 8, 8);
        await using var subscriber = Start("subscribe", "watched", "-o", output, "--consumer", "writer", "--from", "start");
        await Waiting.UntilAsync(() => subscriber.Output.Contains("new.png", StringComparison.Ordinal), "The new file", token);
        publisher.Terminate();
        subscriber.Terminate();

        Assert.Equal((130, 130), (await publisher.WaitForExitAsync(token), await subscriber.WaitForExitAsync(token)));
        Assert.Equal("0000000001-new.png", Path.GetFileName(Assert.Single(Directory.EnumerateFiles(output))));
        using CodecClient client = server.Connect();
        Assert.Equal(2, Assert.Single(await client.ListConsumersAsync("watched", token)).NextSequence);
    }

    [Fact]
    public async Task ChannelsAndConsumers_CreateShowSeekDelete()
    {
        (
            await server.RunAsync("channels", "create", "kept", "--keep-codes", "5", "--keep-age", "12:00:00", "--latest-of-each-key")
        ).Succeeded();
        (await server.RunAsync("publish", "kept", _folder.WriteGradient("a.png", 8, 8))).Succeeded();
        JsonElement channel = Assert.Single((await server.RunAsync("channels", "show", "kept", "--json")).Succeeded().Objects);
        ToolRun list = (await server.RunAsync("channels", "list")).Succeeded();
        (await server.RunAsync("consumers", "seek", "kept", "reader", "2")).Succeeded();
        (await server.RunAsync("consumers", "delete", "kept", "reader")).Succeeded();
        ToolRun gone = await server.RunAsync("consumers", "delete", "kept", "reader");
        ToolRun refused = await server.RunAsync("channels", "delete", "kept");
        (await server.RunAsync("channels", "delete", "kept", "--force")).Succeeded();
        ToolRun missing = await server.RunAsync("channels", "show", "kept");

        Assert.Equal(
            (5, 43200, true, 1),
            (
                channel.GetProperty("keepCodes").GetInt32(),
                channel.GetProperty("keepSeconds").GetInt32(),
                channel.GetProperty("latestOfEachKey").GetBoolean(),
                channel.GetProperty("codes").GetInt32()
            )
        );
        Assert.Contains("5 codes, 12:00:00, the latest of each key", list.Output, StringComparison.Ordinal);
        Assert.Equal(4, gone.ExitCode);
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("--force", Assert.Single(refused.Errors), StringComparison.Ordinal);
        Assert.Equal(4, missing.ExitCode);
        Assert.Single(missing.Errors);
    }

    private RunningProgram Start(params string[] arguments) =>
        RunningProgram.Start(ToolRun.Path, [.. arguments, "--server", server.Address]);

    private static string? Text(JsonElement row, string field) => row.GetProperty(field).GetString();
}
