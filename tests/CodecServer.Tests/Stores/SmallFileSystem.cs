using CliWrap.Buffered;
using Codec.Tests.Shared.Processes;

namespace CodecServer.Tests.Stores;

/// <summary>A small file system in memory.</summary>
internal sealed class SmallFileSystem : IAsyncDisposable
{
    private readonly string _path;

    private SmallFileSystem(string path) => _path = path;

    /// <summary>Mounts a file system; skips the test if this process may not mount.</summary>
    public static async Task<SmallFileSystem> MountAsync(string path, int megabytes)
    {
        string failure = OperatingSystem.IsLinux()
            ? await RunAsync("mount", "-t", "tmpfs", "-o", $"size={megabytes}m", "codec-test", path)
            : "only Linux mounts a tmpfs";
        Assert.SkipWhen(failure.Length > 0, failure);
        return new SmallFileSystem(path);
    }

    public async ValueTask DisposeAsync() => await RunAsync("umount", "-l", _path);

    private static async Task<string> RunAsync(string command, params string[] arguments)
    {
        try
        {
            BufferedCommandResult result = await Programs.Command(command, arguments).RunAsync(CancellationToken.None);
            return result.IsSuccess ? "" : $"{command} failed: {result.StandardError.Trim()}";
        }
        catch (System.ComponentModel.Win32Exception exception)
        {
            return $"{command} cannot be run: {exception.Message}";
        }
    }
}
