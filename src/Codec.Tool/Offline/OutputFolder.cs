namespace Codec.Tool.Offline;

/// <summary>The folder that a command writes files into; each appears under its name only when it is complete.</summary>
/// <param name="path">The folder; created with the first file.</param>
/// <param name="overwrite">Whether files that exist are replaced.</param>
internal sealed class OutputFolder(string path, bool overwrite)
{
    /// <summary>Maps files to files of the folder with the same names and another extension.</summary>
    /// <exception cref="ArgumentException">Two files would be written under one name.</exception>
    public IReadOnlyList<(string Input, string Output)> Plan(IReadOnlyList<string> files, string extension)
    {
        (string Input, string Output)[] plan =
        [
            .. files.Select(file => (file, Path.Combine(path, Path.GetFileNameWithoutExtension(file) + extension))),
        ];
        foreach (IGrouping<string, (string Input, string Output)> same in plan.GroupBy(pair => pair.Output))
        {
            if (same.Skip(1).Any())
            {
                throw new ArgumentException(
                    $"{string.Join(" and ", same.Select(pair => pair.Input))} would both become {same.Key}; give them in separate commands with different folders."
                );
            }
        }

        return plan;
    }

    /// <summary>The path of a file of the folder.</summary>
    public string PathOf(string name) => Path.Combine(path, name);

    /// <summary>Writes a file.</summary>
    /// <exception cref="IOException">The file exists, or cannot be written.</exception>
    public void Write(string file, byte[] bytes)
    {
        if (!overwrite && File.Exists(file))
            throw new IOException($"{file} exists; --overwrite replaces it.");
        Directory.CreateDirectory(Path.GetDirectoryName(file) is { Length: > 0 } folder ? folder : ".");
        string partial = $"{file}.{Environment.ProcessId}.partial";
        try
        {
            File.WriteAllBytes(partial, bytes);
            File.Move(partial, file, overwrite);
        }
        finally
        {
            File.Delete(partial);
        }
    }
}
