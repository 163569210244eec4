namespace CodecServer.Tests.Infrastructure;

/// <summary>A directory of a test's own, deleted with what it holds.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("codec-server-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
