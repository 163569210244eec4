using Codec.Models;
using Codec.Server.Options;
using Dapper;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Codec.Server.Stores.Embedded;

/// <summary>
/// Checks a data directory: both databases by SQLite itself, every manifest and blob by its digest, every reference between them, and every
/// row of codes by its checksum and its place in the log, and that the credentials can be read. It migrates and repairs nothing.
/// </summary>
internal sealed class EmbeddedStoreCheck(IOptions<StoreOptions> options, TimeProvider time) : IStoreCheck
{
    public async Task<long> RunAsync(TextWriter report, CancellationToken cancellationToken)
    {
        string root = Path.GetFullPath(options.Value.DataDirectory);
        if (!Directory.Exists(root))
            throw new StoreException($"There is no data directory {root}; name the one to check with --data-directory.");

        using var directory = new DataDirectory(options);
        var check = new CheckReport(report.WriteLine, time);
        var registry = new RegistryCheck(check);
        bool isRegistryRead = WithDatabase(directory.Registry, MarkOf(MarkedDatabase.Registry), check, registry.Run);
        await CheckBlobsAsync(directory, check, registry.Listed, cancellationToken);
        WithDatabase(
            directory.ChannelLog,
            MarkOf(MarkedDatabase.ChannelLog),
            check,
            connection => new ChannelLogCheck(connection, check, isRegistryRead ? registry.Versions : null).Run(cancellationToken)
        );
        check.CheckCredentials(directory.Layout.Credentials);
        check.Note(
            check.Problems == 0
                ? $"The store in {root} is intact."
                : $"The store in {root} has {check.Problems} {(check.Problems == 1 ? "problem" : "problems")}."
        );
        return check.Problems;

        CommitMark MarkOf(MarkedDatabase database) => new(directory, database, NullLogger.Instance);
    }

    /// <summary>Checks a database; returns whether it has everything that it had, and could be read.</summary>
    private static bool WithDatabase(string path, CommitMark mark, CheckReport check, Action<SqliteConnection> run)
    {
        if (!File.Exists(path))
        {
            check.Problem(mark.FindMissingFile(path) is { } missing ? $"{missing} {CommitMark.Remedy}" : $"{path} is missing.");
            return false;
        }

        bool isComplete = true;
        bool isRead = check.TryRead(
            path,
            () =>
            {
                using SqliteConnection connection = SqliteDatabase.OpenUnchanged(path);
                foreach (string result in connection.Query<string>("PRAGMA integrity_check").Where(result => result != "ok"))
                    check.Problem($"{path}: {result}");

                foreach (
                    (string table, string parent) in connection.Query<(string, string)>(
                        """SELECT "table", parent FROM pragma_foreign_key_check"""
                    )
                )
                {
                    check.Problem($"{path}: a row of {table} refers to a missing row of {parent}.");
                }

                // What is left may lack tables; a start says the same.
                if (mark.FindLostCommits(connection, path) is { } loss)
                {
                    check.Problem($"{loss} {CommitMark.Remedy}");
                    isComplete = false;
                    return;
                }

                if (SqliteDatabase.IsEmpty(connection))
                {
                    check.Problem($"{path} is empty: it has no tables.");
                    isComplete = false;
                    return;
                }

                run(connection);
            }
        );
        return isRead && isComplete;
    }

    private static async Task CheckBlobsAsync(
        DataDirectory directory,
        CheckReport check,
        IReadOnlyDictionary<Digest, string> listed,
        CancellationToken cancellationToken
    )
    {
        FileInfo[] files = [.. new DirectoryInfo(directory.Blobs).EnumerateFiles("*", SearchOption.AllDirectories)];
        long total = files.Sum(file => file.Length),
            done = 0;
        int unlisted = 0;
        var missing = new Dictionary<Digest, string>(listed);
        foreach (FileInfo file in files)
        {
            if (!Digest.TryParse(file.Name, out Digest digest))
            {
                check.Problem($"{file.FullName} is not a blob.");
                continue;
            }

            unlisted += listed.ContainsKey(digest) ? 0 : 1;
            missing.Remove(digest);
            if (!await FileChecks.HasDigestAsync(file.FullName, digest, cancellationToken))
                check.Problem($"The blob {digest}{(listed.TryGetValue(digest, out string? by) ? $" of {by}" : "")} is damaged.");

            done += file.Length;
            check.Progress("bytes of blobs", done, total);
        }

        foreach ((Digest digest, string by) in missing)
            check.Problem($"The blob {digest} of {by} is missing.");

        check.Note($"blobs: {files.Length} with {total:N0} bytes, {unlisted} that no version lists");
    }
}
