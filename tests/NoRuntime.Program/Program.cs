using Codec;
using Codec.Tests.Shared;

// Runs models where ONNX Runtime's native library is missing: NoRuntimeTests starts it from a copy of its output folder.
foreach (string path in args)
{
    try
    {
        using CodecModel model = CodecModel.Load(ModelPackage.Load(path));
        Console.WriteLine(GoldenRun.Decode(model));
        Console.WriteLine(GoldenRun.Encode(model));
    }
    catch (RuntimeUnavailableException exception)
    {
        Console.WriteLine($"unavailable: {exception.Message}");
    }
}

Console.WriteLine(AppDomain.CurrentDomain.GetAssemblies().Any(assembly => assembly.GetName().Name == "Microsoft.ML.OnnxRuntime")
    ? "ONNX Runtime was touched"
    : "ONNX Runtime was not touched");
