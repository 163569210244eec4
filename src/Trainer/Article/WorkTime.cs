using System.Globalization;

namespace Codec.Trainer.Article;

/// <summary>
/// Measures the time of an experiment over all runs that work on it. It is written after each epoch, so that a run that was stopped, or
/// killed, counts too.
/// </summary>
internal sealed class WorkTime
{
    private readonly string _path;
    private readonly TimeProvider _clock;
    private readonly double _before;
    private readonly long _start;

    /// <summary>Starts measuring.</summary>
    /// <param name="path">The file that keeps the seconds of earlier runs.</param>
    /// <param name="clock">The clock.</param>
    public WorkTime(string path, TimeProvider clock)
    {
        (_path, _clock) = (path, clock);
        _start = clock.GetTimestamp();
        if (File.Exists(path) && double.TryParse(File.ReadAllText(path), CultureInfo.InvariantCulture, out double seconds))
            _before = seconds;
    }

    /// <summary>Seconds up to now, those of earlier runs included.</summary>
    public double Seconds => _before + _clock.GetElapsedTime(_start).TotalSeconds;

    /// <summary>Keeps the time for a later run.</summary>
    public void Keep() => File.WriteAllText(_path, Seconds.ToString("R", CultureInfo.InvariantCulture));

    /// <summary>Forgets the time: the experiment is complete.</summary>
    public void End() => File.Delete(_path);
}
