using Codec.Server.Stores.Embedded;
using Dapper;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace CodecServer.Tests.Stores;

public sealed class PreparingConnectionTests : IDisposable
{
    private const string Insert = "INSERT INTO items (value) VALUES (@value)";
    private const string Select = "SELECT value FROM items ORDER BY value";

    /// <summary>SQLITE_STMTSTATUS_RUN: the number of runs of a statement.</summary>
    private const int StatementRuns = 6;

    private readonly PreparingConnection _connection = new("Data Source=:memory:");

    public PreparingConnectionTests()
    {
        _connection.Open();
        _connection.Handle!.enable_sqlite3_next_stmt(true);
        _connection.Execute("CREATE TABLE items (value INTEGER NOT NULL UNIQUE)");
    }

    public void Dispose() => _connection.Dispose();

    [Fact]
    public void Execute_SameTextAgain_UsesThePreparedStatement()
    {
        _connection.Execute(Insert, new { value = 1 });
        _connection.Execute(Insert, new { value = 2 });

        Assert.Equal(2, raw.sqlite3_stmt_status(Assert.Single(Statements(Insert)), StatementRuns, resetFlg: 0));
        Assert.Equal([1, 2], _connection.Query<int>(Select));
    }

    [Fact]
    public void Execute_ValueIsMissing_DoesNotUseThePreviousOne()
    {
        _connection.Execute(Insert, new { value = 1 });

        Assert.Throws<InvalidOperationException>(() => _connection.Execute(Insert));
        Assert.Equal([1], _connection.Query<int>(Select));
    }

    [Fact]
    public void Query_ListsOfSeveralLengths_EachIsWrittenIntoTheText()
    {
        const string In = "SELECT value FROM items WHERE value IN @values AND value < @end ORDER BY value";
        _connection.Execute(Insert, new[] { new { value = 1 }, new { value = 2 }, new { value = 3 } });

        for (int i = 0; i < 2; i++)
        {
            Assert.Equal([1], _connection.Query<int>(In, new { values = new[] { 1, 3 }, end = 3 }));
            Assert.Equal([2, 3], _connection.Query<int>(In, new { values = new[] { 2, 3, 4 }, end = 4 }));
        }
    }

    [Fact]
    public void Execute_AfterItFailed_RunsAgain()
    {
        _connection.Execute(Insert, new { value = 1 });
        Assert.Throws<SqliteException>(() => _connection.Execute(Insert, new { value = 1 }));

        Assert.Equal(1, _connection.Execute(Insert, new { value = 2 }));
    }

    [Fact]
    public void Query_TextIsInUse_ReadsFromAStatementOfItsOwn()
    {
        _connection.Execute(Insert, new[] { new { value = 1 }, new { value = 2 } });

        var read = new List<(int, int)>();
        foreach (int outer in _connection.Query<int>(Select, buffered: false))
            read.AddRange(_connection.Query<int>(Select).Select(inner => (outer, inner)));

        Assert.Equal([(1, 1), (1, 2), (2, 1), (2, 2)], read);
        Assert.Single(Statements(Select));
    }

    [Fact]
    public void Query_LeftBeforeItsEnd_StartsFromTheBeginning()
    {
        _connection.Execute(Insert, new[] { new { value = 1 }, new { value = 2 } });

        Assert.Equal(1, _connection.Query<int>(Select, buffered: false).First());
        Assert.Equal([1, 2], _connection.Query<int>(Select));
    }

    [Fact]
    public void Query_SchemaChanged_SeesTheNewOne()
    {
        _connection.Execute(Insert, new { value = 1 });
        Assert.Equal(1, _connection.QuerySingle<Item>("SELECT * FROM items").Value);
        _connection.Execute("ALTER TABLE items ADD COLUMN weight INTEGER NOT NULL DEFAULT 7");

        Assert.Equal(7, _connection.QuerySingle<Item>("SELECT * FROM items").Weight);
    }

    [Fact]
    public void Execute_TransactionIsUndone_NextOneRunsThePreparedStatement()
    {
        using (_connection.BeginTransaction())
        {
            _connection.Execute(Insert, new { value = 1 });
        }

        using (SqliteTransaction transaction = _connection.BeginTransaction())
        {
            _connection.Execute(Insert, new { value = 2 });
            transaction.Commit();
        }

        Assert.Equal([2], _connection.Query<int>(Select));
    }

    [Fact]
    public void Query_ManyTexts_KeepsABoundedNumber()
    {
        for (int i = 0; i < 300; i++)
            Assert.Equal(i, _connection.QuerySingle<int>($"SELECT {i}"));

        Assert.InRange(Statements().Count(), 100, 128);
    }

    /// <summary>The statements that SQLite holds for the connection.</summary>
    private IEnumerable<sqlite3_stmt> Statements(string? text = null)
    {
        sqlite3_stmt? next = null;
        while ((next = raw.sqlite3_next_stmt(_connection.Handle, next)) is not null)
        {
            if (text is null || raw.sqlite3_sql(next).utf8_to_string() == text)
                yield return next;
        }
    }

    private sealed class Item
    {
        public int Value { get; init; }

        public int Weight { get; init; }
    }
}
