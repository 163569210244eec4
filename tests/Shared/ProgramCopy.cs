namespace Codec.Tests.Shared;

/// <summary>A copy of a program's output folder in which ONNX Runtime's native library is missing, or is another platform's.</summary>
public static class ProgramCopy
{
    /// <summary>Copies all files of a program.</summary>
    /// <param name="from">Its output folder.</param>
    /// <param name="to">The folder of the copy.</param>
    public static void Make(string from, string to)
    {
        foreach (string file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            string target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }

    /// <summary>Takes the native library away.</summary>
    /// <param name="folder">The copy.</param>
    /// <param name="replacement">What stands in its place; null for nothing.</param>
    public static void RemoveRuntime(string folder, string? replacement = null)
    {
        string[] files = [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Where(IsNative)];
        if (files.Length == 0)
            throw new InvalidOperationException($"{folder} has no native library of ONNX Runtime to remove.");
        foreach (string file in files)
        {
            File.Delete(file);
            if (replacement is not null)
                File.WriteAllText(file, replacement);
        }
    }

    private static bool IsNative(string file) =>
        Path.GetFileName(file).StartsWith("libonnxruntime", StringComparison.Ordinal)
        || Path.GetFileName(file).StartsWith("onnxruntime", StringComparison.Ordinal);
}
