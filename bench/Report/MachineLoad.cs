namespace Codec.Bench.Report;

/// <summary>How busy the machine is, for a reader of times: above its processors, times say little.</summary>
internal static class MachineLoad
{
    private const string Averages = "/proc/loadavg";

    /// <summary>
    /// The processors, and how many threads ran or waited for one in the last 1, 5 and 15 minutes, the suite's own included.
    /// </summary>
    public static string Describe()
    {
        string load = File.Exists(Averages) ? string.Join(' ', File.ReadAllText(Averages).Split(' ').Take(3)) : "unknown";
        return $"{Environment.ProcessorCount} processors, load average {load}";
    }
}
