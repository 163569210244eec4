using CliWrap.Buffered;
using Codec.Client;
using Codec.Models;
using Codec.Tests.Shared;
using Codec.Tests.Shared.Processes;

namespace EndToEnd.Tests;

/// <summary>
/// Runs an application whose platform lacks ONNX Runtime's native library: a network fails as documented.
/// </summary>
public sealed class NoRuntimeTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Subscribe_NetworkWithoutTheLibrary_FailsWithTheDocumentedException()
    {
        ModelPackage model = SmallModel.Create("network-head", networkHead: true);
        await using ServerProcess server = await ServerProcess.StartAsync(new ServerSettings(), Ct);
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

        string output = await RunAsync("tests/NoRuntime.Program", "NoRuntime.Program", server.Address, "faces");

        Assert.StartsWith("UnsupportedModelException: ", output, StringComparison.Ordinal);
        Assert.Contains("Microsoft.ML.OnnxRuntime", output, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>Runs a program from a copy of its output folder without the library; returns its output.</summary>
    private async Task<string> RunAsync(string project, string assembly, params string[] arguments)
    {
        string copy = _folder.File(assembly);
        ProgramCopy.Make(Repository.OutputFolder(project), copy);
        ProgramCopy.RemoveRuntime(copy);
        BufferedCommandResult result = await Programs
            .Dotnet(Path.Combine(copy, assembly + ".dll"), arguments)
            .WithEnvironmentVariables(new Dictionary<string, string?> { ["XDG_CACHE_HOME"] = _folder.Path })
            .WithWorkingDirectory(_folder.Path)
            .RunAsync(Ct);
        Assert.True(result.IsSuccess, result.StandardError);
        return result.StandardOutput;
    }
}
