using CliWrap.Buffered;
using Codec;
using Codec.Client;
using Codec.Models;
using Codec.Tests.Shared;
using Codec.Tests.Shared.Processes;

namespace EndToEnd.Tests.Packages;

/// <summary>Compiles a subscriber ahead of time against the packages, as an application for small devices does.</summary>
public sealed class AotTests(PackageFeed feed) : IDisposable
{
    private const int MaxBytes = 12_000_000;

    private readonly TemporaryDirectory _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Subscriber_CompiledAhead_HasNoWarningIsSmallAndDecodes()
    {
        Assert.SkipWhen(AheadOfTime.Absence is not null, AheadOfTime.Absence ?? "");
        string application = _folder.File("application"),
            output = _folder.File("output");
        PackageFeed.Configure(application, await feed.LibrariesAsync());
        string project = AotSubscriber.Write(
            application,
            $"<PackageReference Include=\"Codec.Client\" Version=\"{Repository.Version}\" />"
        );

        await AheadOfTime.PublishAsync(project, output, Token);

        string program = Path.Combine(output, "Subscriber");
        Assert.InRange(new FileInfo(program).Length, 1, MaxBytes);
        Assert.DoesNotContain(Directory.GetFiles(output), file => Path.GetExtension(file) is ".so" or ".dll");
        await using ServerProcess server = await ServerProcess.StartAsync(new ServerSettings { ShippedModels = true }, Token);
        using var client = new CodecClient(new CodecClientOptions { Address = new Uri(server.Address), CacheDirectory = null });
        await client.CreateChannelAsync("photos", cancellationToken: Token);
        byte[] pixels = [.. Enumerable.Range(0, 64 * 48 * 3).Select(i => (byte)(i * i >> 7))];
        await using (ChannelPublisher publisher = await client.OpenPublisherAsync("photos", "photos", 4, cancellationToken: Token))
            await publisher.PublishAsync(ImageSource.FromPixels(pixels, 64, 48), cancellationToken: Token);
        CodecModel model = await client.GetLocalModelAsync("photos", withEncoder: true, cancellationToken: Token);
        BufferedCommandResult run = await Programs.Command(program, server.Address, "photos").RunAsync(Token);

        Assert.True(run.IsSuccess, run.StandardError);
        Digest expected = Digest.Of(model.Decode(model.Encode(pixels, 64, 48, 4), 4).Samples);
        Assert.Equal($"64×48 {expected}", run.StandardOutput.Trim());
    }

    public void Dispose() => _folder.Dispose();
}
