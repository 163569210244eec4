namespace Codec.Tool.Offline;

/// <summary>The folder that a command writes files into; each appears under its name only when it is complete.</summary>
internal sealed class OutputFolder
{
    private readonly string _path;
    private readonly bool _overwrite;

    /// <summary>Names the folder, which is created with the first file.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="overwrite">Whether files that exist are replaced.</param>
    /// <exception cref="ArgumentException">The path is empty, or that of a file.</exception>
    public OutputFolder(string path, bool overwrite)
    {
        if (path.Length == 0)
            throw new ArgumentException("The folder to write into is empty; . is this folder.");
        if (File.Exists(path))
            throw new ArgumentException($"{path} is a file; name a folder to write into.");
        (_path, _overwrite) = (path, overwrite);
    }

    /// <summary>Maps files to files of the folder with the same names and another extension.</summary>
    /// <exception cref="ArgumentException">Two files would be written under one name.</exception>
    public IReadOnlyList<(string Input, string Output)> Plan(IReadOnlyList<string> files, string extension)
    {
        (string Input, string Output)[] plan =
        [
            .. files.Select(file => (file, Path.Combine(_path, Path.GetFileNameWithoutExtension(file) + extension))),
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
    public string PathOf(string name) => Path.Combine(_path, name);

    /// <summary>Writes a file.</summary>
    /// <exception cref="IOException">The file exists, or cannot be written.</exception>
    public void Write(string file, byte[] bytes)
    {
        if (!_overwrite && File.Exists(file))
            throw new IOException($"{file} exists; --overwrite replaces it.");
        string partial = $"{file}.{Environment.ProcessId}.partial";
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file) is { Length: > 0 } folder ? folder : ".");
            try
            {
                File.WriteAllBytes(partial, bytes);
                File.Move(partial, file, _overwrite);
            }
            finally
            {
                File.Delete(partial);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The system's reason may name the partial file, or say that a file was not found.
            throw new IOException($"{file} cannot be written: {exception.Message}", exception);
        }
    }
}
