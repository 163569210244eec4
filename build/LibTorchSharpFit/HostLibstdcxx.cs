using System.Runtime.InteropServices;

namespace Codec.Build;

/// <summary>The C++ library that the dynamic loader of this host finds.</summary>
internal static class HostLibstdcxx
{
    /// <summary>Tests whether it has the function that initializes iostreams, new in <c>GLIBCXX_3.4.32</c> (GCC 13).</summary>
    /// <remarks>
    /// It tests with the loader itself, not with a package manager or a file name, so that any distribution and search path works.
    /// </remarks>
    public static bool HasIostreamInitializer()
    {
        if (!NativeLibrary.TryLoad("libstdc++.so.6", out nint library))
        {
            throw new InvalidDataException(
                "this host has no libstdc++.so.6, which TorchSharp needs; install it (Debian, Ubuntu: libstdc++6)."
            );
        }

        try
        {
            return NativeLibrary.TryGetExport(library, LibTorchSharpFit.NewSymbol, out _);
        }
        finally
        {
            NativeLibrary.Free(library);
        }
    }
}
