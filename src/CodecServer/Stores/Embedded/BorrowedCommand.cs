using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Data.Sqlite;

namespace Codec.Server.Stores.Embedded;

/// <summary>A command that works through a prepared one of its text: setting the text borrows that, disposing gives it back.</summary>
internal sealed class BorrowedCommand(PreparingConnection connection) : DbCommand
{
    private SqliteCommand? _prepared;

    [AllowNull]
    public override string CommandText
    {
        get => _prepared?.CommandText ?? "";
        set
        {
            if (value != CommandText)
            {
                Return();
                _prepared = connection.Borrow(value ?? "");
            }
        }
    }

    public override int CommandTimeout { get => Prepared.CommandTimeout; set => Prepared.CommandTimeout = value; }

    public override CommandType CommandType { get => Prepared.CommandType; set => Prepared.CommandType = value; }

    public override bool DesignTimeVisible { get; set; }

    public override UpdateRowSource UpdatedRowSource { get; set; }

    protected override DbConnection? DbConnection { get => Prepared.Connection; set => Prepared.Connection = (SqliteConnection?)value; }

    protected override DbTransaction? DbTransaction { get => Prepared.Transaction; set => Prepared.Transaction = (SqliteTransaction?)value; }

    protected override DbParameterCollection DbParameterCollection => Prepared.Parameters;

    private SqliteCommand Prepared => _prepared ?? throw new InvalidOperationException("The command has no text yet: set CommandText first.");

    public override void Cancel() => _prepared?.Cancel();

    public override void Prepare() => Prepared.Prepare();

    public override int ExecuteNonQuery() => Prepared.ExecuteNonQuery();

    public override object? ExecuteScalar() => Prepared.ExecuteScalar();

    protected override DbDataReader ExecuteDbDataReader(CommandBehavior behavior) => Prepared.ExecuteReader(behavior);

    protected override DbParameter CreateDbParameter() => new SqliteParameter();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Return();
        }

        base.Dispose(disposing);
    }

    private void Return()
    {
        if (_prepared is not null)
        {
            connection.Return(_prepared);
            _prepared = null;
        }
    }
}
