using System.Runtime.CompilerServices;
using Codec.Tool.Offline;

namespace Codec.Tool.Channels;

/// <summary>
/// Finds image files that appear in a folder or change. It lists the folder every half second: notifications of the operating system get
/// lost on network drives, and come before a file is complete.
/// </summary>
internal sealed class FolderWatch
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    private readonly string _folder;
    private Dictionary<string, State> _taken;
    private Dictionary<string, State> _last;

    /// <summary>Begins to watch: the files that the folder has now are passed over.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    public FolderWatch(string folder)
    {
        if (!Directory.Exists(folder))
            throw new DirectoryNotFoundException($"--watch '{folder}': there is no such folder.");
        _folder = folder;
        _taken = List();
        _last = _taken;
    }

    private readonly record struct State(long Length, DateTime Written);

    /// <summary>Returns each new or changed file once it has stayed the same for an interval, until the token ends it.</summary>
    public async IAsyncEnumerable<string> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Interval);
        while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false))
        {
            Dictionary<string, State> now = List();
            string[] complete =
            [
                .. now.Where(file => IsIn(_last, file) && !IsIn(_taken, file)).Select(file => file.Key).Order(StringComparer.Ordinal),
            ];
            // Files that are gone are forgotten.
            _taken = now.Where(file => complete.Contains(file.Key) || IsIn(_taken, file)).ToDictionary();
            _last = now;
            foreach (string file in complete)
                yield return file;
        }
    }

    private static bool IsIn(Dictionary<string, State> files, KeyValuePair<string, State> file) =>
        files.TryGetValue(file.Key, out State state) && state == file.Value;

    private Dictionary<string, State> List() =>
        new DirectoryInfo(_folder)
            .EnumerateFiles()
            .Where(ImageFiles.IsImage)
            .ToDictionary(file => Path.Combine(_folder, file.Name), file => new State(file.Length, file.LastWriteTimeUtc));
}
