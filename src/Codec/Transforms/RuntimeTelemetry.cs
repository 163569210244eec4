using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;

namespace Codec.Transforms;

/// <summary>
/// Keeps ONNX Runtime to itself. Its official builds report sessions and models to their maker, and keep an identifier of the device on
/// disk,
/// unless told otherwise before their first use (Privacy.md of the package). What people compress is nobody else's business.
/// </summary>
internal static partial class RuntimeTelemetry
{
    /// <summary>The variable that ONNX Runtime reads once, when it initializes.</summary>
    public const string OptOut = "ORT_DISABLE_TELEMETRY";

    private static readonly Lazy<bool> Silent = new(SwitchOff);

    /// <summary>
    /// Switches telemetry off for the process; to be called before anything else of ONNX Runtime. An own choice in the environment stands.
    /// </summary>
    public static void EnsureOff() => _ = Silent.Value;

    private static bool SwitchOff()
    {
        if (Environment.GetEnvironmentVariable(OptOut) is { Length: > 0 })
        {
            return false;
        }

        Environment.SetEnvironmentVariable(OptOut, "1");
        if (!OperatingSystem.IsWindows())
        {
            // .NET's variables are its own copy on Unix; native code sees the process's.
            _ = SetNative(OptOut, "1", overwrite: 0);
        }

        // Windows' tracing heeds this call only; elsewhere it comes too late for the first event, and does no harm.
        OrtEnv.Instance().DisableTelemetryEvents();
        return true;
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetNative(string name, string value, int overwrite);
}
