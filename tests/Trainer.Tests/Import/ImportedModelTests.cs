using Codec;
using Codec.Client;
using Codec.Datasets;
using Codec.Imaging;
using Codec.Models;
using Codec.Onnx;
using Codec.Tests.Shared;
using Codec.Tests.Shared.Processes;
using Codec.Trainer.CommandLine;
using Spectre.Console;

namespace Trainer.Tests.Import;

/// <summary>Imports exported networks by the command line, publishes them to a real server, and decodes what it streams.</summary>
public sealed class ImportedModelTests : IDisposable
{
    private const int Side = 16;
    private const int Streamed = 6;

    private readonly TemporaryDirectory _folder = new();
    private readonly Dataset _images = TinyImages.Create(train: 150, test: 20, side: Side);

    public ImportedModelTests()
    {
        string data = Directory.CreateDirectory(_folder.File("images")).FullName;
        for (int n = 0; n < _images.Train.Count; n++)
            File.WriteAllBytes(Path.Combine(data, $"{n:000}.png"), ImageFile.EncodePng(_images.Train.Image(n)));
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Import_ExportedNetworks_ArePublishedStreamedAndDecoded()
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        await using ServerProcess server = await ServerProcess.StartAsync(new ServerSettings(), token);
        using var client = new CodecClient(
            new CodecClientOptions
            {
                Address = new Uri(server.Address),
                CacheDirectory = _folder.File("cache"),
                Networks = OnnxNetworkRuntime.Instance,
            }
        );
        await CheckAsync(client, "factorized", ExportedNetworks.FactorizedPrior(false), ExportedNetworks.FactorizedPrior(true), 27, token);
        (byte[] encoder, byte[] decoder) = ExportedNetworks.Dense(_images.Train, 8);
        await CheckAsync(client, "dense", encoder, decoder, 27, token);
    }

    private async Task CheckAsync(CodecClient client, string name, byte[] encoder, byte[] decoder, double decibels, CancellationToken token)
    {
        string file = _folder.File(name + ".codec");
        await File.WriteAllBytesAsync(_folder.File("encoder.onnx"), encoder, token);
        await File.WriteAllBytesAsync(_folder.File("decoder.onnx"), decoder, token);
        await RunAsync("import", _folder.File("encoder.onnx"), _folder.File("decoder.onnx"), "--name", name, "--output", file);
        await RunAsync("publish", file, "--server", client.Options.Address.ToString());

        // The server encodes; the client decodes.
        await client.CreateChannelAsync(name, cancellationToken: token);
        await using (ChannelPublisher publisher = await client.OpenPublisherAsync(name, name, 2, cancellationToken: token))
        {
            for (int n = 0; n < Streamed; n++)
                await publisher.SendImageAsync(ImageSource.FromPixels(_images.Test[n].ToArray(), Side, Side), cancellationToken: token);
            await publisher.FlushAsync(token);
        }

        var psnr = new Psnr();
        int received = 0;
        await foreach (DecodedImage image in client.SubscribeAsync(name, new SubscribeOptions { From = SubscribeFrom.Start }, token))
        {
            psnr.Add(_images.Test[received], image.Pixels.Span);
            if (++received == Streamed)
                break;
        }

        Assert.InRange(psnr.Decibels, decibels, 60);
    }

    private async Task RunAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) });
        if (arguments[0] == "import")
            arguments = [.. arguments, "--data", _folder.File("images"), "--size", $"{Side}"];
        int code = await TrainerCommand.Create(console, TimeProvider.System).Parse(arguments).InvokeAsync();
        Assert.True(code == 0, $"{string.Join(' ', arguments)}: {output}");
    }
}
