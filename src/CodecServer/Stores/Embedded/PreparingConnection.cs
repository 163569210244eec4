using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace Codec.Server.Stores.Embedded;

/// <summary>The writer's connection: a statement that ran once stays prepared, and runs again without being compiled.</summary>
/// <remarks>
/// Dapper makes a command for each call and disposes it, and its statement with it; SQLite takes longer to compile most of the writer's
/// statements than to run them. The commands that Dapper gets from here borrow a command of the same text, and give it back instead. SQLite
/// compiles a statement again by itself where the schema has changed. Closing the connection disposes what it keeps.
/// </remarks>
internal sealed class PreparingConnection(string connectionString) : SqliteConnection(connectionString)
{
    /// <summary>
    /// Most commands that are kept; further ones are disposed. More than the server has texts: Dapper makes one for each length of a list.
    /// </summary>
    private const int MaxKept = 128;

    private readonly Dictionary<string, SqliteCommand> _kept = [];

    /// <summary>Takes a command of this text: a kept one, unless it is in use.</summary>
    public SqliteCommand Borrow(string text)
    {
        if (!_kept.Remove(text, out SqliteCommand? command))
        {
            command = CreateCommand();
            command.CommandText = text;
        }

        command.Transaction = Transaction;
        return command;
    }

    /// <summary>Takes back a command that has no open reader.</summary>
    public void Return(SqliteCommand command)
    {
        command.Parameters.Clear();
        if (_kept.Count == MaxKept || !_kept.TryAdd(command.CommandText, command))
        {
            command.Dispose();
        }
    }

    protected override DbCommand CreateDbCommand() => new BorrowedCommand(this);
}
