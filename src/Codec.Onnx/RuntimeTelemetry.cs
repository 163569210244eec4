using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;

namespace Codec.Onnx;

/// <summary>
/// Switches ONNX Runtime's telemetry off. Unless telemetry is switched off before their first use, its official builds report sessions and
/// models to the vendor and keep an identifier of the device on disk (Privacy.md of the package). A codec must not report what its users
/// compress.
/// </summary>
internal static partial class RuntimeTelemetry
{
    /// <summary>The variable that ONNX Runtime reads once, when it initializes.</summary>
    public const string OptOut = "ORT_DISABLE_TELEMETRY";

    private static readonly Lazy<bool> Silent = new(SwitchOff);

    /// <summary>
    /// Switches telemetry off for the process; call it before any other use of ONNX Runtime. A value already set in the environment stays.
    /// </summary>
    public static void EnsureOff() => _ = Silent.Value;

    private static bool SwitchOff()
    {
        if (Environment.GetEnvironmentVariable(OptOut) is { Length: > 0 })
            return false;

        Environment.SetEnvironmentVariable(OptOut, "1");
        if (!OperatingSystem.IsWindows())
        {
            // On Unix, .NET keeps its own copy of the environment; native code reads that of the process.
            _ = SetNative(OptOut, "1", overwrite: 0);
        }

        // On Windows only this call stops tracing; elsewhere it comes after the first event, and is harmless.
        OrtEnv.Instance().DisableTelemetryEvents();
        return true;
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetNative(string name, string value, int overwrite);
}
