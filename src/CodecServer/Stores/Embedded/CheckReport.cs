namespace Codec.Server.Stores.Embedded;

/// <summary>Writes the report of a check: problems as they are found, and progress every few seconds.</summary>
internal sealed class CheckReport(TextWriter output, TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private long _lastProgress = time.GetTimestamp();

    /// <summary>Number of problems so far.</summary>
    public long Problems { get; private set; }

    /// <summary>Reports a problem.</summary>
    public void Problem(string text)
    {
        Problems++;
        output.WriteLine($"problem: {text}");
    }

    /// <summary>Reports a fact.</summary>
    public void Note(string text) => output.WriteLine(text);

    /// <summary>Reports how far the check is, if it has not done so for a while.</summary>
    public void Progress(string what, long done, long total)
    {
        if (time.GetElapsedTime(_lastProgress) >= Interval)
        {
            _lastProgress = time.GetTimestamp();
            output.WriteLine($"{what}: {done:N0} of {total:N0}");
            output.Flush();
        }
    }
}
