using System.Reflection;

namespace Trainer.Tests.Build;

/// <summary>TorchSharp's native library: the package's original, and the one in this project's output.</summary>
internal static class OriginalLibrary
{
    public static string Path { get; } =
        typeof(OriginalLibrary)
            .Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .Single(attribute => attribute.Key == "OriginalLibTorchSharp")
            .Value!;

    public static string BuiltPath { get; } =
        Directory.EnumerateFiles(AppContext.BaseDirectory, System.IO.Path.GetFileName(Path), SearchOption.AllDirectories).Single();

    public static byte[] Read() => File.ReadAllBytes(Path);
}
