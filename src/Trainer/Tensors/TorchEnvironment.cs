using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Codec.Trainer.Tensors;

/// <summary>Sets the environment variables that libtorch's libraries read once, when they are loaded.</summary>
/// <remarks>
/// By default OpenMP's threads spin while they wait for each other. On a machine with other work each spin takes the processor from the
/// thread that is waited for: an epoch took 35 s instead of 6.3 s. Values that the user has set stay.
/// </remarks>
internal static partial class TorchEnvironment
{
    private static readonly (string Name, string Value)[] Variables =
    [
        // OpenMP's own, which every implementation reads.
        ("OMP_WAIT_POLICY", "PASSIVE"),
        // GNU's libgomp (Linux): a passive wait still spins a little.
        ("GOMP_SPINCOUNT", "0"),
        // Intel's and LLVM's libiomp5 (Windows, macOS): milliseconds.
        ("KMP_BLOCKTIME", "0"),
    ];

    // A module initializer runs before any other code of the program, and so before libtorch is loaded.
    [ModuleInitializer]
    internal static void Prepare()
    {
        foreach ((string name, string value) in Variables)
        {
            if (Environment.GetEnvironmentVariable(name) is { Length: > 0 })
                continue;
            Environment.SetEnvironmentVariable(name, value);
            // On Unix, .NET keeps its own copy of the environment; native code reads that of the process.
            if (!OperatingSystem.IsWindows())
                _ = SetNative(name, value, overwrite: 0);
        }
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetNative(string name, string value, int overwrite);
}
