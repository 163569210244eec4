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

        // A deletion adds a row too, but a version can be deleted only after its aliases: it must work on a full disk.
        return move.Targets.First is null
            ? _writer.FreeAsync(Write, Announce, cancellationToken)
            : _writer.RunAsync(Write, Announce, cancellationToken);
    }

    public Task<AliasRecord> RollbackAliasAsync(AliasRollback rollback, CancellationToken cancellationToken) =>
        _writer.RunAsync(connection => RollBack(connection, rollback), Announce, cancellationToken);

    private void Announce(AliasRecord moved) => Announce(new AliasMoved(moved));

    private AliasRecord Move(SqliteConnection connection, AliasMove move)
    {
        AliasRecord? last = LastMove(connection, move.Model, move.Name);
        RequireRevision(last, move);
        foreach (AliasTarget target in move.Targets.Items)
        {
            if (FindVersion(connection, target.Version)?.Model != move.Model)
                throw RequestException.NotFound("version", $"{move.Model}@sha256:{target.Version}");
        }

        if (move.Targets.First is null && last?.Targets.First is null)
            throw RequestException.NotFound("alias", $"{move.Model}@{move.Name}");

        return Record(connection, move, last, restored: 0);
    }

    private AliasRecord RollBack(SqliteConnection connection, AliasRollback rollback)
    {
        string alias = $"{rollback.Model}@{rollback.Name}";
        AliasRecord last = LastMove(connection, rollback.Model, rollback.Name) ?? throw RequestException.NotFound("alias", alias);
        var move = new AliasMove(rollback.Model, rollback.Name, AliasTargets.None, rollback.ExpectedRevision, rollback.MovedBy);
        RequireRevision(last, move);

        AliasRecord? before = TargetsToRestore(connection, last);
        if (before is null)
        {
            throw new RequestException(
                RequestError.FailedPrecondition,
                "NO_EARLIER_TARGET",
                $"The kept history of {alias} has no other target before revision {last.Revision} that was not rolled back from; "
                    + "set the alias to a version."
            );
        }

        foreach (AliasTarget target in before.Targets.Items)
        {
            if (FindVersion(connection, target.Version) is null)
            {
                throw new RequestException(
                    RequestError.FailedPrecondition,
                    "VERSION_DELETED",
                    $"{alias} pointed to {target.Version} in revision {before.Revision}, which was deleted; publish it again, or set the alias."
                );
            }
        }

        return Record(connection, move with { Targets = before.Targets }, last, before.Revision);
    }

    /// <summary>
    /// Returns the newest move to other targets, apart from those that a later rollback left: a rollback calls its targets bad, until
    /// somebody sets them again. Null if there is none in the kept history.
    /// </summary>
    private static AliasRecord? TargetsToRestore(SqliteConnection connection, AliasRecord last)
    {
        List<AliasTargets> left = [];
        bool isLeft = false;
        foreach (
            AliasRow row in connection.Query<AliasRow>(
                $"{SelectMoves} WHERE model = @Model AND name = @Name ORDER BY revision DESC",
                new { last.Model, last.Name },
                buffered: false
            )
        )
        {
            AliasRecord move = row.ToRecord();
            if (isLeft)
                left.Add(move.Targets);

            if (move.Targets.First is not null && !move.Targets.Equals(last.Targets) && !left.Contains(move.Targets))
                return move;

            isLeft = move.Restored > 0;
        }

        return null;
    }

    private static void RequireRevision(AliasRecord? last, AliasMove move)
    {
        long revision = last?.Revision ?? 0;

        // A deleted alias counts as not existing (0), but its revisions continue, so that an old revision never becomes valid again.
        if (move.ExpectedRevision == revision || (last?.Targets.First is null && move.ExpectedRevision == 0))
            return;

        throw new RequestException(
            RequestError.Aborted,
            "REVISION_CONFLICT",
            $"The alias {move.Model}@{move.Name} is at revision {revision}, not {move.ExpectedRevision}; read it again and decide again."
        )
        {
            Metadata = new Dictionary<string, string> { ["revision"] = $"{revision}", ["digest"] = last?.Targets.First?.Hex ?? "" },
        };
    }

    /// <summary>Adds a move to the history, and drops the moves and deleted aliases that are no longer remembered.</summary>
    private AliasRecord Record(SqliteConnection connection, AliasMove move, AliasRecord? last, long restored)
    {
        if (last?.Targets.First is null)
            RequireRoom(connection, move);

        long revision = 1 + (last?.Revision ?? ForgottenRevision(connection, move.Model));
        connection.Execute(
            """
            INSERT INTO alias_moves (model, name, revision, digest, targets, restored, moved_by, moved_at)
            VALUES (@Model, @Name, @revision, @Hex, @targets, @restored, @MovedBy, @now)
            """,
            new
            {
                move.Model,
                move.Name,
                revision,
                Hex = move.Targets.First?.Hex,
                targets = Rows.WriteTargets(move.Targets),
                restored,
                move.MovedBy,
                now = Now(),
            }
        );
        connection.Execute(
            "DELETE FROM alias_moves WHERE model = @Model AND name = @Name AND revision <= @oldest",
            new
            {
                move.Model,
                move.Name,
                oldest = revision - _options.AliasHistory,
            }
        );
        AliasRecord moved = LastMove(connection, move.Model, move.Name)!;
        if (moved.Targets.First is null)
            ForgetDeleted(connection, move.Model);

        return moved;
    }

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
