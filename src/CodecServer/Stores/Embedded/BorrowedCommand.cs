using System.Data;
using Microsoft.Data.Sqlite;

namespace Codec.Server.Stores.Embedded;

/// <summary>A command that executes through a prepared one of the same text, borrowed from its connection until it is disposed.</summary>
/// <remarks>
/// It borrows on execution, not earlier, and holds its own parameters until then, because Dapper changes the text after it has added the
/// parameters of a list.
/// </remarks>
internal sealed class BorrowedCommand : SqliteCommand
{
    private readonly PreparingConnection _connection;
    private SqliteCommand? _prepared;

    public BorrowedCommand(PreparingConnection connection)
        : base(commandText: null, connection) => _connection = connection;

    /// <summary>Executes the prepared command; every execution of the base class goes through this method.</summary>
    public override SqliteDataReader ExecuteReader(CommandBehavior behavior)
    {
        Return();
        _prepared = _connection.Borrow(CommandText);
        _prepared.Transaction = Transaction;
        _prepared.CommandTimeout = CommandTimeout;
        foreach (SqliteParameter parameter in Parameters)
            _prepared.Parameters.Add(parameter);

        return _prepared.ExecuteReader(behavior);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            Return();

        base.Dispose(disposing);
    }

    private void Return()
    {
        if (_prepared is not null)
        {
            _connection.Return(_prepared);
            _prepared = null;
        }
    }
}
