using Dapper;
using Microsoft.Data.Sqlite;

namespace Codec.Server.Stores.Embedded;

/// <summary>Counts a database's commits in the database and in the marks of its store, and notices at the start what was lost.</summary>
/// <param name="directory">The store.</param>
/// <param name="database">Which of its databases.</param>
/// <param name="logger">Receives a loss that is accepted.</param>
internal sealed class CommitMark(DataDirectory directory, MarkedDatabase database, ILogger logger)
{
    /// <summary>What to do about a loss.</summary>
    public const string Remedy = "Restore the data directory from a backup, or start once with --accept-loss to go on with what is left.";

    /// <summary>Requires that the database's file exists if this store has had one. Call it before the file is opened.</summary>
    /// <exception cref="StoreException">The file is missing beside existing data.</exception>
    public void RequireFile(string path) => Require(FindMissingFile(path));

    /// <summary>Requires that the database is the one of this store, with every commit that the marks have. Changes nothing.</summary>
    /// <exception cref="StoreException">It is another one, has fewer commits, or is empty beside existing data.</exception>
    public void RequireCommits(SqliteConnection connection, string path) => Require(FindLostCommits(connection, path));

    /// <summary>Describes the loss of the database's file; null if nothing is lost.</summary>
    public string? FindMissingFile(string path) =>
        !File.Exists(path) && IsExpected() ? Describe($"{path} is missing, while other data of the store exists.") : null;

    /// <summary>Describes what the database lacks of what the marks have; null if nothing. Changes nothing.</summary>
    public string? FindLostCommits(SqliteConnection connection, string path)
    {
        (Guid Identity, long Commits)? counted = Read(connection);
        if (directory.Marks.Find(database) is { } mark)
        {
            if (counted is { } other && other.Identity != mark.Identity)
                return Describe($"{path} is not the database that the store had.");

            // A database whose only commits were in a lost write-ahead log is empty.
            long commits = counted?.Commits ?? 0;
            if (commits < mark.Commits)
                return Describe($"{path} has {commits} of {mark.Commits} commits; the last {mark.Commits - commits} are missing.");
        }

        return SqliteDatabase.IsEmpty(connection) && IsExpected()
            ? Describe($"{path} is empty, while other data of the store exists.")
            : null;
    }

    /// <summary>Begins to count.</summary>
    public void Begin(SqliteConnection connection)
    {
        connection.Execute("CREATE TABLE IF NOT EXISTS commit_mark (identity TEXT NOT NULL, commits INTEGER NOT NULL)");
        if (Read(connection) is null)
            connection.Execute("INSERT INTO commit_mark VALUES (@identity, 0)", new { identity = Guid.NewGuid().ToString("N") });

        (Guid identity, long commits) = Read(connection)!.Value;
        directory.Marks.Begin(database, identity, commits);
    }

    /// <summary>Counts a commit, in its transaction.</summary>
    public static long Count(SqliteConnection connection) =>
        connection.ExecuteScalar<long>("UPDATE commit_mark SET commits = commits + 1 RETURNING commits");

    /// <summary>Marks a commit that is durable.</summary>
    public void Advance(long commits)
    {
        try
        {
            directory.Marks.Advance(database, commits);
        }
        catch (IOException)
        {
            // The commit stands. An older mark notices less, and raises no false alarm.
        }
    }

    /// <summary>Makes the marks durable.</summary>
    public void Flush() => directory.Marks.Flush();

    private static (Guid Identity, long Commits)? Read(SqliteConnection connection) =>
        connection.ExecuteScalar<bool>("SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE name = 'commit_mark')")
        && connection.QuerySingleOrDefault<(string Identity, long Commits)?>("SELECT identity, commits FROM commit_mark") is { } row
            ? (Guid.ParseExact(row.Identity, "N"), row.Commits)
            : null;

    /// <summary>Whether the store has had the database.</summary>
    private bool IsExpected() => directory.Marks.Find(database) is not null || IsBesideData();

    /// <summary>
    /// Whether the store has blobs, or another database that was written to. A first start that was killed leaves at most an empty one.
    /// </summary>
    private bool IsBesideData() =>
        Directory.EnumerateFiles(directory.Blobs, "*", SearchOption.AllDirectories).Any()
        || Enum.GetValues<MarkedDatabase>().Any(other => other != database && directory.Marks.Find(other) is { Commits: > 0 });

    private string Describe(string loss) => $"The store in {directory.Root} lost data: {loss}";

    private void Require(string? loss)
    {
        if (loss is null)
            return;

        if (!directory.AcceptsLoss)
            throw new StoreException($"{loss} {Remedy}");

        ServerLog.LossAccepted(logger, loss);
    }
}
