namespace Codec.Measurement;

/// <summary>A temporary folder for the files of a command line; deleted when disposed.</summary>
internal sealed class WorkFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("codec-peer-");

    /// <summary>The path of a file of the folder.</summary>
    public string File(string name) => Path.Combine(_folder.FullName, name);

    public void Dispose() => _folder.Delete(recursive: true);
}
