using Codec.Models;
using Dapper;
using Microsoft.Data.Sqlite;

namespace Codec.Server.Stores.Embedded;

/// <summary>Moves aliases, and bounds how many there are and how long their histories are.</summary>
internal sealed partial class SqliteModelRegistry
{
    public Task<AliasRecord> MoveAliasAsync(AliasMove move, CancellationToken cancellationToken)
    {
        AliasRecord Write(SqliteConnection connection) => Move(connection, move);
        void Committed(AliasRecord moved) => _changes.Publish(new AliasMoved(moved));

        // A deletion adds a row too, but a version can be deleted only after its aliases: it must work on a full disk.
        return move.Digest is null
            ? _writer.FreeAsync(Write, Committed, cancellationToken)
            : _writer.RunAsync(Write, Committed, cancellationToken);
    }

    private AliasRecord Move(SqliteConnection connection, AliasMove move)
    {
        AliasRecord? last = LastMove(connection, move.Model, move.Name);
        long revision = last?.Revision ?? 0;
        bool exists = last?.Digest is not null;

        // A deleted alias counts as not existing (0), but its revisions continue, so that an old revision never becomes valid again.
        if (move.ExpectedRevision != revision && (exists || move.ExpectedRevision != 0))
        {
            throw new RequestException(
                RequestError.Aborted,
                "REVISION_CONFLICT",
                $"The alias {move.Model}@{move.Name} is at revision {revision}, not {move.ExpectedRevision}; read it again and decide again."
            )
            {
                Metadata = new Dictionary<string, string> { ["revision"] = $"{revision}", ["digest"] = last?.Digest?.Hex ?? "" },
            };
        }

        if (move.Digest is { } digest && FindVersion(connection, digest)?.Model != move.Model)
            throw RequestException.NotFound("version", $"{move.Model}@sha256:{digest}");

        if (move.Digest is null && !exists)
            throw RequestException.NotFound("alias", $"{move.Model}@{move.Name}");

        if (!exists)
            RequireRoom(connection, move);

        Insert(connection, move, 1 + (last?.Revision ?? ForgottenRevision(connection, move.Model)));
        AliasRecord moved = LastMove(connection, move.Model, move.Name)!;
        connection.Execute(
            "DELETE FROM alias_moves WHERE model = @Model AND name = @Name AND revision <= @oldest",
            new
            {
                move.Model,
                move.Name,
                oldest = moved.Revision - _options.AliasHistory,
            }
        );
        if (move.Digest is null)
            ForgetDeleted(connection, move.Model);

        return moved;
    }

    private void Insert(SqliteConnection connection, AliasMove move, long revision) =>
        connection.Execute(
            "INSERT INTO alias_moves (model, name, revision, digest, moved_by, moved_at) VALUES (@Model, @Name, @revision, @Hex, @MovedBy, @now)",
            new
            {
                move.Model,
                move.Name,
                revision,
                Hex = move.Digest?.Hex,
                move.MovedBy,
                now = Now(),
            }
        );

    private void RequireRoom(SqliteConnection connection, AliasMove move)
    {
        if (SelectAliases(connection, move.Model, limit: _options.MaxAliases).Count >= _options.MaxAliases)
        {
            throw new RequestException(
                RequestError.ResourceExhausted,
                "TOO_MANY_ALIASES",
                $"The model {move.Model} has {_options.MaxAliases} aliases already; delete some, or raise --max-aliases."
            );
        }
    }

    private static long ForgottenRevision(SqliteConnection connection, string model) =>
        connection.ExecuteScalar<long?>("SELECT revision FROM forgotten_aliases WHERE model = @model", new { model }) ?? 0;

    /// <summary>
    /// Forgets the aliases that were deleted first where more are remembered than a model may have. <c>live</c> is never forgotten: its
    /// history tells a starting server that somebody deleted it.
    /// </summary>
    private void ForgetDeleted(SqliteConnection connection, string model)
    {
        foreach (
            (string name, long revision) in connection.Query<(string, long)>(
                """
                SELECT name, revision FROM alias_moves AS move WHERE model = @model AND digest IS NULL AND name <> @LiveAlias
                    AND revision = (SELECT MAX(revision) FROM alias_moves WHERE model = move.model AND name = move.name)
                ORDER BY moved_at DESC, name LIMIT -1 OFFSET @MaxAliases
                """,
                new
                {
                    model,
                    ModelReference.LiveAlias,
                    _options.MaxAliases,
                }
            )
        )
        {
            connection.Execute(
                """
                DELETE FROM alias_moves WHERE model = @model AND name = @name;
                INSERT INTO forgotten_aliases (model, revision) VALUES (@model, @revision)
                ON CONFLICT (model) DO UPDATE SET revision = MAX(revision, @revision);
                """,
                new
                {
                    model,
                    name,
                    revision,
                }
            );
        }
    }
}
