using System.Data;
using Codec.Errors;
using Codec.Models;
using Codec.Server.Options;
using Dapper;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Codec.Server.Stores.Embedded;

/// <summary>
/// Checks a data directory: both databases by SQLite itself, every manifest and blob by its digest, every reference between them, and every
/// row of codes by its checksum and its place in the log. It migrates and repairs nothing.
/// </summary>
internal sealed class EmbeddedStoreCheck(IOptions<StoreOptions> options, TimeProvider time) : IStoreCheck
{
    public async Task<long> RunAsync(TextWriter report, CancellationToken cancellationToken)
    {
        string root = Path.GetFullPath(options.Value.DataDirectory);
        if (!Directory.Exists(root))
            throw new StoreException($"There is no data directory {root}; name the one to check with --data-directory.");

        using var directory = new DataDirectory(options);
        var check = new CheckReport(report, time);
        var listed = new Dictionary<Digest, string>();
        var versions = new HashSet<string>();
        bool isRegistryRead = WithDatabase(
            directory.Registry,
            MarkOf(MarkedDatabase.Registry),
            check,
            connection => CheckRegistry(connection, check, listed, versions)
        );
        await CheckBlobsAsync(directory, check, listed, cancellationToken);
        WithDatabase(
            directory.ChannelLog,
            MarkOf(MarkedDatabase.ChannelLog),
            check,
            connection => new ChannelLogCheck(connection, check, isRegistryRead ? versions : null).Run(cancellationToken)
        );
        check.Note(check.Problems == 0 ? $"The store in {root} is intact." : $"The store in {root} has {check.Problems} problems.");
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

        try
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
                return false;
            }

            run(connection);
            return true;
        }
        catch (Exception exception) when (exception is SqliteException or DataException or InvalidDataException)
        {
            // A column of a damaged row can have another type.
            check.Problem($"{path} cannot be read: {exception.Message}");
            return false;
        }
    }

    private static void CheckRegistry(
        SqliteConnection connection,
        CheckReport check,
        Dictionary<Digest, string> listed,
        HashSet<string> versions
    )
    {
        foreach (
            (string model, string digest, byte[] manifest) in connection.Query<(string, string, byte[])>(
                "SELECT model, digest, manifest FROM versions"
            )
        )
        {
            versions.Add(digest);
            string name = $"{model}@sha256:{digest}";
            if (Digest.Of(manifest).Hex != digest)
            {
                check.Problem($"The manifest of {name} does not have this digest.");
            }
            else
            {
                CheckManifest(connection, check, name, digest, manifest, listed);
            }
        }

        // A database that was not opened since an upgrade lacks the column, and the deleted versions.
        bool isCurrent = connection.ExecuteScalar<bool>(
            "SELECT EXISTS (SELECT 1 FROM pragma_table_info('alias_moves') WHERE name = 'targets')"
        );
        var known = connection.Query<(string, string)>("SELECT model, digest FROM versions").ToHashSet();
        foreach (
            (string model, string name, string digest, string? targets) in connection.Query<(string, string, string, string?)>(
                $"""
                SELECT model, name, digest, {(isCurrent ? "targets" : "NULL")} FROM alias_moves AS move WHERE digest IS NOT NULL
                    AND revision = (SELECT MAX(revision) FROM alias_moves WHERE model = move.model AND name = move.name)
                """
            )
        )
        {
            foreach (Digest version in Rows.ParseTargets(digest, targets).Items.Select(target => target.Version))
            {
                if (!known.Contains((model, version.Hex)))
                    check.Problem($"The alias {model}@{name} points to {version}, which is not a version of the model.");
            }
        }

        // Codes of a version that was deleted by force cannot be decoded, but nothing is damaged.
        int present = versions.Count;
        if (isCurrent)
            versions.UnionWith(connection.Query<string>("SELECT digest FROM deleted_versions"));

        check.Note($"registry: {present} versions, {listed.Count} blobs listed");
    }

    private static void CheckManifest(
        SqliteConnection connection,
        CheckReport check,
        string name,
        string digest,
        byte[] manifest,
        Dictionary<Digest, string> listed
    )
    {
        try
        {
            IReadOnlyList<BlobEntry> blobs = [.. ModelManifest.Parse(manifest).Blobs];
            foreach (BlobEntry blob in blobs)
                listed.TryAdd(blob.Digest, name);

            IEnumerable<string> recorded = connection.Query<string>(
                "SELECT b.digest FROM version_blobs b JOIN versions v ON v.id = b.version_id WHERE v.digest = @digest",
                new { digest }
            );
            if (!recorded.ToHashSet().SetEquals(blobs.Select(blob => blob.Digest.Hex)))
                check.Problem($"The registry does not record the blobs that the manifest of {name} lists.");
        }
        catch (InvalidModelException exception)
        {
            check.Problem($"The manifest of {name} cannot be read: {exception.Message}");
        }
    }

    private static async Task CheckBlobsAsync(
        DataDirectory directory,
        CheckReport check,
        Dictionary<Digest, string> listed,
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
