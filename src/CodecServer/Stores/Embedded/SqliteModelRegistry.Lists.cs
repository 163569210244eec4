using System.Globalization;
using Codec.Models;
using Dapper;
using Microsoft.Data.Sqlite;

namespace Codec.Server.Stores.Embedded;

/// <summary>Reads the lists of a registry, in pages. A page's <c>Next</c> is the sort key of its last item.</summary>
internal sealed partial class SqliteModelRegistry
{
    /// <summary>The last move of each alias that was not deleted by it.</summary>
    private const string SelectCurrent = $"""
        {SelectMoves} WHERE digest IS NOT NULL
            AND revision = (SELECT MAX(revision) FROM alias_moves WHERE model = move.model AND name = move.name)
        """;

    public Task<Page<VersionRecord>> ListVersionsAsync(string model, PageRequest page, CancellationToken cancellationToken)
    {
        using SqliteConnection connection = _database.Open();
        IReadOnlyList<(string Model, string Digest, string Publisher, long PublishedAt, long Size, long Id)> rows =
        [
            .. connection.Query<(string, string, string, long, long, long)>(
                """
                SELECT model, digest, publisher, published_at, size, id FROM versions
                WHERE model = @model AND id < @before ORDER BY id DESC LIMIT @limit
                """,
                new
                {
                    model,
                    before = NumberAfter(page),
                    limit = page.MaxItems + 1L,
                }
            ),
        ];
        return Task.FromResult(
            Cut(
                rows,
                page,
                row => new VersionRow(row.Model, row.Digest, row.Publisher, row.PublishedAt, row.Size).ToRecord(),
                row => row.Id.ToString(CultureInfo.InvariantCulture)
            )
        );
    }

    public Task<Page<ModelRecord>> ListModelsAsync(PageRequest page, CancellationToken cancellationToken)
    {
        using SqliteConnection connection = _database.Open();
        using SqliteTransaction snapshot = connection.BeginTransaction(deferred: true);
        IReadOnlyList<(string Name, int Versions)> rows =
        [
            .. connection.Query<(string, int)>(
                "SELECT model, COUNT(*) FROM versions WHERE model > @after GROUP BY model ORDER BY model LIMIT @limit",
                new { after = NameAfter(page), limit = page.MaxItems + 1L }
            ),
        ];
        var models = new List<ModelRecord>();
        int items = 0;
        foreach ((string name, int versions) in rows)
        {
            // A registry of an older server may hold any number of aliases: a model names as many as a page has room for.
            IReadOnlyList<AliasRecord> aliases = SelectAliases(connection, name, limit: PageRequest.Most);
            items += 1 + aliases.Count;
            if (models.Count > 0 && (models.Count == page.MaxItems || items > PageRequest.Most))
                return Task.FromResult(new Page<ModelRecord>(models, models[^1].Name));

            models.Add(new ModelRecord(name, versions, aliases));
        }

        return Task.FromResult(new Page<ModelRecord>(models, Next: null));
    }

    public Task<IReadOnlySet<Digest>> ListBlobsAsync(CancellationToken cancellationToken)
    {
        using SqliteConnection connection = _database.Open();
        return Task.FromResult<IReadOnlySet<Digest>>(
            connection.Query<string>("SELECT DISTINCT digest FROM version_blobs").Select(Rows.ParseDigest).ToHashSet()
        );
    }

    public Task<Page<AliasRecord>> ListAliasesAsync(string model, PageRequest page, CancellationToken cancellationToken)
    {
        using SqliteConnection connection = _database.Open();
        return Task.FromResult(
            Cut(SelectAliases(connection, model, NameAfter(page), page.MaxItems + 1L), page, alias => alias, alias => alias.Name)
        );
    }

    public Task<Page<AliasRecord>> ListAliasHistoryAsync(string model, string name, PageRequest page, CancellationToken cancellationToken)
    {
        using SqliteConnection connection = _database.Open();
        IEnumerable<AliasRow> rows = connection.Query<AliasRow>(
            $"{SelectMoves} WHERE model = @model AND name = @name AND revision < @before ORDER BY revision DESC LIMIT @limit",
            new
            {
                model,
                name,
                before = NumberAfter(page),
                limit = page.MaxItems + 1L,
            }
        );
        return Task.FromResult(Cut([.. rows], page, row => row.ToRecord(), row => row.Revision.ToString(CultureInfo.InvariantCulture)));
    }

    /// <summary>Reads the aliases of a model, or of all where it is null, sorted by name.</summary>
    private static IReadOnlyList<AliasRecord> SelectAliases(
        SqliteConnection connection,
        string? model,
        string after = "",
        long limit = long.MaxValue
    ) =>
        [
            .. connection
                .Query<AliasRow>(
                    model is null
                        ? $"{SelectCurrent} ORDER BY model, name"
                        : $"{SelectCurrent} AND model = @model AND name > @after ORDER BY name LIMIT @limit",
                    new
                    {
                        model,
                        after,
                        limit,
                    }
                )
                .Select(row => row.ToRecord()),
        ];

    /// <summary>Makes a page of rows, of which one more than its items was requested.</summary>
    private static Page<TItem> Cut<TRow, TItem>(
        IReadOnlyList<TRow> rows,
        PageRequest page,
        Func<TRow, TItem> toItem,
        Func<TRow, string> key
    ) =>
        rows.Count > page.MaxItems
            ? new Page<TItem>([.. rows.Take(page.MaxItems).Select(toItem)], key(rows[page.MaxItems - 1]))
            : new Page<TItem>([.. rows.Select(toItem)], Next: null);

    private static string NameAfter(PageRequest page) =>
        page.After is null ? ""
        : ModelLimits.IsName(page.After) ? page.After
        : throw NoSuchPage();

    private static long NumberAfter(PageRequest page) =>
        page.After is null ? long.MaxValue
        : long.TryParse(page.After, CultureInfo.InvariantCulture, out long number) ? number
        : throw NoSuchPage();

    private static RequestException NoSuchPage() =>
        RequestException.Invalid("page_token", "it is not a token of this list; send the next_page_token of an answer, or none.");
}
