using System.Data;
using Microsoft.Data.Sqlite;

namespace Codec.Server.Stores.Embedded;

/// <summary>Writes the report of a check: problems as they are found, and progress every few seconds.</summary>
internal sealed class CheckReport(Action<string> write, TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private long _lastProgress = time.GetTimestamp();

    /// <summary>Number of problems so far.</summary>
    public long Problems { get; private set; }

    /// <summary>Reports a problem.</summary>
    public void Problem(string text)
    {
        Problems++;
        write($"problem: {text}");
    }

    /// <summary>Reports a fact.</summary>
    public void Note(string text) => write(text);

    /// <summary>Checks a part; returns false, with a problem, if it cannot be read.</summary>
    public bool TryRead(string path, Action part)
    {
        try
        {
            part();
            return true;
        }
        catch (Exception exception) when (exception is SqliteException or DataException or InvalidDataException)
        {
            // A column of a damaged row can have another type.
            Problem($"{path} cannot be read: {exception.Message}");
            return false;
        }
    }

    /// <summary>Checks that a file of credentials can be read, without which no server starts; it may be missing.</summary>
    public void CheckCredentials(string path)
    {
        try
        {
            new CredentialFile(path, time).Read();
        }
        catch (StoreException exception)
        {
            Problem(exception.Message);
        }
    }

    /// <summary>Reports how far the check is, if it has not done so for a while.</summary>
    public void Progress(string what, long done, long total)
    {
        if (time.GetElapsedTime(_lastProgress) >= Interval)
        {
            _lastProgress = time.GetTimestamp();
            write($"{what}: {done:N0} of {total:N0}");
        }
    }
}
