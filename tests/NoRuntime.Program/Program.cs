using Codec;
using Codec.Client;
using Codec.Errors;
using Codec.Models;
using Codec.Onnx;
using Codec.Tests.Shared;

// Tests run this program from a copy of its output folder, mostly without ONNX Runtime's native library. Arguments: model files, or the
// address of a server and a channel.
if (args is [var address, var channel] && Uri.IsWellFormedUriString(address, UriKind.Absolute))
{
    using var client = new CodecClient(
        new CodecClientOptions
        {
            Address = new Uri(address),
            CacheDirectory = null,
            Networks = OnnxNetworkRuntime.Instance,
        }
    );
    try
    {
        await foreach (DecodedImage image in client.SubscribeAsync(channel, SubscribeFrom.Start))
        {
            Console.WriteLine(Digest.Of(image.Pixels.Span));
            return;
        }
    }
    catch (CodecException exception)
    {
        Console.WriteLine($"{exception.GetType().Name}: {exception.Message}");
        return;
    }
}

foreach (string path in args)
{
    try
    {
        using CodecModel model = CodecModel.Load(ModelPackage.Load(path), OnnxNetworkRuntime.Instance);
        Console.WriteLine(GoldenRun.Decode(model));
        Console.WriteLine(GoldenRun.Encode(model));
    }
    catch (RuntimeUnavailableException exception)
    {
        Console.WriteLine($"unavailable: {exception.Message}");
    }
}

Console.WriteLine(
    AppDomain.CurrentDomain.GetAssemblies().Any(assembly => assembly.GetName().Name == "Microsoft.ML.OnnxRuntime")
        ? "ONNX Runtime was touched"
        : "ONNX Runtime was not touched"
);
