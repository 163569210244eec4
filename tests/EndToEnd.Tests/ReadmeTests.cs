using Codec;
using Codec.Client;
using Codec.Tests.Shared;
using EndToEnd.Tests.Processes;

namespace EndToEnd.Tests;

/// <summary>The README's client program: it is the sample that is compiled, and it does what the README says.</summary>
public sealed class ReadmeTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("codec-readme-").FullName;

    [Fact]
    public void Client_Code_IsTheSample()
    {
        string readme = File.ReadAllText(Path.Combine(ProductProcess.Root, "README.md"));
        string sample = File.ReadAllText(Path.Combine(ProductProcess.Root, "samples", "ReadmeClient", "Program.cs"));

        const string Fence = "```csharp\n";
        int start = readme.IndexOf(Fence, StringComparison.Ordinal) + Fence.Length;
        Assert.True(start >= Fence.Length, "README.md has no C# block.");
        Assert.Equal(sample, readme[start..readme.IndexOf("```", start, StringComparison.Ordinal)]);
    }

    [Fact]
    public async Task Client_Run_PrintsEveryImageOfTheChannel()
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        const int Images = 3;
        ModelPackage model = SmallModel.Create();
        await using ProductServer server = await ProductServer.StartAsync(_folder, token);
        using (var client = new CodecClient(new CodecClientOptions { Address = new Uri(server.Address), CacheDirectory = null }))
        {
            await client.UploadModelAsync(model, cancellationToken: token);
            await client.SetAliasAsync(model.Manifest.Name, "live", model.Version, cancellationToken: token);
            await client.CreateChannelAsync("faces", cancellationToken: token);
            await using ChannelPublisher publisher = await client.OpenPublisherAsync("faces", model.Manifest.Name, 1, cancellationToken: token);
            for (int i = 0; i < Images; i++)
                await publisher.SendImageAsync(ImageSource.FromPixels(SmallModel.Image(i), SmallModel.Side, SmallModel.Side), cancellationToken: token);
            await publisher.FlushAsync(token);
        }

        await using ProductProcess sample = ProductProcess.Start(
            "../samples/ReadmeClient", "ReadmeClient", new Dictionary<string, string> { ["XDG_CACHE_HOME"] = _folder }, server.Address);
        for (int i = 0; i < Images; i++) await sample.WaitForLineAsync(token);

        string Line(int sequence) =>
            $"{model.Manifest.Name} #{sequence}: {SmallModel.Side}×{SmallModel.Side}, {SmallModel.Image(0).Length} bytes of pixels";
        Assert.Equal([Line(1), Line(2), Line(3)], sample.Output.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
