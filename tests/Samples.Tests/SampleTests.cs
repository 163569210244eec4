using CliWrap.Buffered;
using Codec.Client;
using Codec.Client.ImageSharp;
using Codec.Frames;
using Codec.Tests.Shared;
using Codec.Tests.Shared.Processes;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.PixelFormats;

namespace Codec.Samples.Tests;

/// <summary>Runs each sample of .NET as a user does, against a server process.</summary>
public sealed class SampleTests(ServerFixture server) : IClassFixture<ServerFixture>, IDisposable
{
    private static readonly string[] Cameras = ["<img src='/cameras/door'>", "<img src='/cameras/gate'>"];

    private readonly TemporaryDirectory _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task PhotoFolder_PhotosIn_PngsOut()
    {
        string photos = Directory.CreateDirectory(_folder.File("photos")).FullName,
            pictures = _folder.File("pictures");
        SavePhoto(Path.Combine(photos, "a.jpg"), 64, 48);
        File.WriteAllText(Path.Combine(photos, "b.jpg"), "no image");
        SavePhoto(Path.Combine(photos, "c.png"), 30, 50);
        File.WriteAllText(Path.Combine(photos, "notes.txt"), "is skipped");

        BufferedCommandResult sent = await RunAsync("PhotoFolder", "send", server.Address, "folder", photos);
        BufferedCommandResult received = await RunAsync("PhotoFolder", "receive", server.Address, "folder", pictures, "2");

        Assert.Equal(1, sent.ExitCode);
        string[] lines = Lines(sent);
        Assert.Equal(["a.jpg is #1", "c.png is #2"], [lines[0], lines[2]]);
        Assert.StartsWith("b.jpg: ", lines[1], StringComparison.Ordinal);
        Assert.True(received.IsSuccess, received.StandardError);
        using Image first = Image.Load(Path.Combine(pictures, "1-a.png"));
        using Image second = Image.Load(Path.Combine(pictures, "2-c.png"));
        Assert.Equal((64, 48, 30, 50), (first.Width, first.Height, second.Width, second.Height));
    }

    [Fact]
    public async Task AotSubscriber_TwoImages_PrintsThem()
    {
        await PublishAsync("aot", "door", "gate");

        BufferedCommandResult result = await RunAsync("AotSubscriber", server.Address, "aot", "2");

        Assert.True(result.IsSuccess, result.StandardError);
        Assert.Equal(["#1 door 40×30", "#2 gate 40×30"], Lines(result).Select(line => line[..line.LastIndexOf(' ')]));
    }

    [Fact]
    public async Task CameraBoard_ImagesOfTwoCameras_ShowsTheLastOfEach()
    {
        using (CodecClient client = server.Connect())
            await client.CreateChannelAsync("cameras", new ChannelRetention { LatestOfEachKey = true }, Token);
        await PublishAsync("cameras", "door", "gate", "door");
        var address = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using RunningProgram board = RunningProgram.Start(
            Programs.PathOf("samples/CameraBoard", "CameraBoard"),
            ["--urls", "http://127.0.0.1:0", "--contentRoot", _folder.Path, $"--Codec:Address={server.Address}"],
            onLine: line =>
            {
                if (line.Split("listening on: ") is [_, var url])
                    address.TrySetResult(url);
            },
            environment: new Dictionary<string, string> { ["XDG_CACHE_HOME"] = _folder.Path }
        );
        using var http = new HttpClient { BaseAddress = new Uri(await address.Task.WaitAsync(TimeSpan.FromMinutes(1), Token)) };
        await Waiting.UntilAsync(async () => Cameras.All((await http.GetStringAsync("/", Token)).Contains), "Both cameras", Token);

        using Image last = Image.Load(await http.GetByteArrayAsync("/cameras/door", Token));
        Assert.Equal((40, 30), (last.Width, last.Height));
        Assert.Equal("Healthy", await http.GetStringAsync("/health", Token));
        Assert.Equal(System.Net.HttpStatusCode.NotFound, (await http.GetAsync("/cameras/roof", Token)).StatusCode);
    }

    public void Dispose() => _folder.Dispose();

    private async Task PublishAsync(string channel, params string[] keys)
    {
        using CodecClient client = server.Connect();
        if ((await client.ListChannelsAsync(Token)).All(known => known.Name != channel))
            await client.CreateChannelAsync(channel, cancellationToken: Token);
        await using ChannelPublisher publisher = await client.OpenPublisherAsync(channel, "photos", 4, cancellationToken: Token);
        foreach (string key in keys)
        {
            using Image<Rgb24> photo = Draw(40, 30);
            await publisher.PublishAsync(ImageSource.From(photo), new CodeInfo { Key = key }, Token);
        }
    }

    private Task<BufferedCommandResult> RunAsync(string sample, params string[] arguments) =>
        Programs
            .Dotnet(Programs.PathOf($"samples/{sample}", sample), arguments)
            .WithEnvironmentVariables(new Dictionary<string, string?> { ["XDG_CACHE_HOME"] = _folder.Path })
            .RunAsync(Token);

    private static string[] Lines(BufferedCommandResult result) =>
        result.StandardOutput.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);

    private static void SavePhoto(string path, int width, int height)
    {
        using Image<Rgb24> photo = Draw(width, height);
        photo.Save(path);
    }

    private static Image<Rgb24> Draw(int width, int height)
    {
        var photo = new Image<Rgb24>(width, height);
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
                photo[x, y] = new Rgb24((byte)(x * 4), (byte)(y * 4), (byte)(x + y));
        }

        return photo;
    }
}
