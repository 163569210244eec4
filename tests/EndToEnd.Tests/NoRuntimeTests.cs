using Codec.Client;
using Codec.Models;
using Codec.Tests.Shared;
using EndToEnd.Tests.Processes;

namespace EndToEnd.Tests;

/// <summary>
/// Applications on a platform that lacks ONNX Runtime's native library: the models that ship work, a network fails as documented.
/// </summary>
public sealed class NoRuntimeTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("codec-no-runtime-").FullName;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ReadmesProgram_WithoutTheLibrary_PublishesAndReceives()
    {
        await using ProductServer server = await ProductServer.StartAsync(_folder, Ct, shippedModels: true);
        await using ProductProcess program = Start(Path.Combine("samples", "ReadmeClient"), "ReadmeClient", server.Address);

        Assert.Equal(0, await program.WaitAsync(Ct));
        Assert.Contains("received #3 of roof: 320×240", program.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Subscribe_NetworkWithoutTheLibrary_FailsWithTheDocumentedException()
    {
        ModelPackage model = SmallModel.Create("network-head", networkHead: true);
        await using ProductServer server = await ProductServer.StartAsync(_folder, Ct);
        using (var client = new CodecClient(new CodecClientOptions { Address = new Uri(server.Address), CacheDirectory = null }))
        {
            await client.UploadModelAsync(model, cancellationToken: Ct);
            await client.CreateChannelAsync("faces", cancellationToken: Ct);
            await using ChannelPublisher publisher = await client.OpenPublisherAsync(
                "faces",
                $"network-head@sha256:{model.Version}",
                1,
                cancellationToken: Ct
            );
            await publisher.PublishAsync(
                ImageSource.FromPixels(SmallModel.Image(1), SmallModel.Side, SmallModel.Side),
                cancellationToken: Ct
            );
        }

        await using ProductProcess program = Start(
            Path.Combine("tests", "NoRuntime.Program"),
            "NoRuntime.Program",
            server.Address,
            "faces"
        );

        Assert.Equal(0, await program.WaitAsync(Ct));
        Assert.StartsWith("UnsupportedModelException: ", program.Output, StringComparison.Ordinal);
        Assert.Contains("Microsoft.ML.OnnxRuntime", program.Output, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private ProductProcess Start(string project, string assembly, params string[] arguments)
    {
        string copy = Path.Combine(_folder, assembly);
        ProgramCopy.Make(ProductProcess.OutputFolder(project), copy);
        ProgramCopy.RemoveRuntime(copy);
        return ProductProcess.StartFile(
            Path.Combine(copy, assembly + ".dll"),
            new Dictionary<string, string> { ["XDG_CACHE_HOME"] = _folder },
            arguments,
            _folder
        );
    }
}
