using System.Globalization;

namespace Codec.Tests.Shared.Processes;

/// <summary>
/// A control group of Linux with a bound on memory, as a container has one: the kernel kills what exceeds it. Created by hand in the root
/// of the hierarchy, which needs root. Disposing it removes it; its processes must have ended.
/// </summary>
public sealed class MemoryGroup : IAsyncDisposable
{
    private const string Root = "/sys/fs/cgroup";

    private readonly string _folder;
    private readonly bool _isSecond;

    private MemoryGroup(string folder, bool isSecond) => (_folder, _isSecond) = (folder, isSecond);

    /// <summary>Which kind of control group it is.</summary>
    public string Kind => _isSecond ? "cgroup v2" : "cgroup v1";

    /// <summary>The file that a process writes its id to in order to join.</summary>
    public string ProcessesFile => Path.Combine(_folder, "cgroup.procs");

    /// <summary>Bytes that the kernel cannot take back without the process: what Kubernetes calls the working set.</summary>
    public long WorkingSet =>
        ReadNumber(_isSecond ? "memory.current" : "memory.usage_in_bytes")
        - ReadField("memory.stat", _isSecond ? "inactive_file" : "total_inactive_file");

    /// <summary>How many processes the kernel has killed for want of memory.</summary>
    public long Kills => ReadField(_isSecond ? "memory.events" : "memory.oom_control", "oom_kill");

    /// <summary>Creates a group.</summary>
    /// <param name="bytes">Bound on its memory; swap included.</param>
    /// <exception cref="ProgramException">The system does not let this process create one; the message says why.</exception>
    public static MemoryGroup Create(long bytes)
    {
        bool isSecond = File.Exists(Path.Combine(Root, "cgroup.controllers"));
        string parent = isSecond ? Root : Path.Combine(Root, "memory");
        string folder = Path.Combine(parent, $"codec-{Environment.ProcessId}-{Guid.NewGuid():N}");
        string limit = bytes.ToString(CultureInfo.InvariantCulture);
        try
        {
            if (isSecond)
                File.WriteAllText(Path.Combine(parent, "cgroup.subtree_control"), "+memory");
            if (!isSecond && !File.Exists(Path.Combine(parent, "memory.limit_in_bytes")))
                throw new IOException($"{parent} is not the memory controller of cgroup v1");
            Directory.CreateDirectory(folder);
            var group = new MemoryGroup(folder, isSecond);
            try
            {
                group.Write(isSecond ? "memory.max" : "memory.limit_in_bytes", limit);

                // Absent where the kernel does not count swap.
                string swap = isSecond ? "memory.swap.max" : "memory.memsw.limit_in_bytes";
                if (File.Exists(Path.Combine(folder, swap)))
                    group.Write(swap, isSecond ? "0" : limit);
                return group;
            }
            catch
            {
                Directory.Delete(folder);
                throw;
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ProgramException(
                $"No control group of {limit} bytes could be created ({exception.Message.TrimEnd('.')}). Run as root on Linux, where {Root} is mounted and writable."
            );
        }
    }

    public async ValueTask DisposeAsync() =>
        // A process that was killed leaves the group a moment after its end.
        await Waiting.UntilAsync(TryDelete, "The end of the control group's processes", CancellationToken.None);

    private bool TryDelete()
    {
        try
        {
            Directory.Delete(_folder);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private void Write(string file, string value) => File.WriteAllText(Path.Combine(_folder, file), value);

    private long ReadNumber(string file) => long.Parse(File.ReadAllText(Path.Combine(_folder, file)), CultureInfo.InvariantCulture);

    private long ReadField(string file, string name)
    {
        // A name and a number in each line.
        string line = File.ReadLines(Path.Combine(_folder, file)).First(line => line.StartsWith(name + " ", StringComparison.Ordinal));
        return long.Parse(line.AsSpan(name.Length + 1), CultureInfo.InvariantCulture);
    }
}
