using Codec.Errors;
using Codec.Models;
using Dapper;
using Microsoft.Data.Sqlite;

namespace Codec.Server.Stores.Embedded;

/// <summary>Checks a registry: each manifest by its digest, and every reference.</summary>
/// <param name="check">Receives what is found.</param>
internal sealed class RegistryCheck(CheckReport check)
{
    private readonly Dictionary<Digest, string> _listed = [];
    private readonly HashSet<string> _versions = [];

    /// <summary>The blobs that versions list, each with the name of the first such version.</summary>
    public IReadOnlyDictionary<Digest, string> Listed => _listed;

    /// <summary>Digests of all versions, those that were deleted by force included.</summary>
    public IReadOnlySet<string> Versions => _versions;

    /// <summary>Checks a registry.</summary>
    public void Run(SqliteConnection connection)
    {
        foreach (
            (string model, string digest, byte[] manifest) in connection.Query<(string, string, byte[])>(
                "SELECT model, digest, manifest FROM versions"
            )
        )
        {
            _versions.Add(digest);
            string name = $"{model}@sha256:{digest}";
            if (Digest.Of(manifest).Hex != digest)
            {
                check.Problem($"The manifest of {name} does not have this digest.");
            }
            else
            {
                CheckManifest(connection, name, digest, manifest);
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
        int present = _versions.Count;
        if (isCurrent)
            _versions.UnionWith(connection.Query<string>("SELECT digest FROM deleted_versions"));

        check.Note($"registry: {present} versions, {_listed.Count} blobs listed");
    }

    private void CheckManifest(SqliteConnection connection, string name, string digest, byte[] manifest)
    {
        try
        {
            IReadOnlyList<BlobEntry> blobs = [.. ModelManifest.Parse(manifest).Blobs];
            foreach (BlobEntry blob in blobs)
                _listed.TryAdd(blob.Digest, name);

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
}
