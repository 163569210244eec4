using System.Runtime.InteropServices;
using Codec.Images;
using Codec.Transforms;

namespace Codec.Onnx.Tests;

public sealed partial class RuntimeTelemetryTests
{
    /// <summary>
    /// Proves that native code sees the variable. Whether ONNX Runtime obeys it is tested in containers, where an attempt to store an
    /// identifier is logged.
    /// </summary>
    [Fact]
    public void Open_FirstSession_NativeCodeSeesTheOptOut()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows' native code sees .NET's variables.");
        var image = new ImageGeometry(2, 2, 3, 1f, 0);
        byte[] graph = LinearGraphs.Encoder(new float[2 * image.Samples], new float[2], image);
        using var runtime = new NetworkRun(
            OnnxNetworkRuntime.Instance,
            OnnxGraph.Parse(graph, "encoder", GraphSignature.Encoder(image, 2))
        );

        Assert.Equal("1", Marshal.PtrToStringUTF8(GetNative(RuntimeTelemetry.OptOut)));
    }

    [LibraryImport("libc", EntryPoint = "getenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint GetNative(string name);
}
