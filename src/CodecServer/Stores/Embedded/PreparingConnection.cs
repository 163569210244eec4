using Microsoft.Data.Sqlite;

namespace Codec.Server.Stores.Embedded;

/// <summary>The writer's connection: a statement that ran once stays prepared, and runs again without being compiled.</summary>
/// <remarks>
/// SQLite takes longer to compile most of the writer's statements than to run them, and Dapper disposes its command, with the statement,
/// after each call. The commands that it gets here borrow a prepared command of the same text and return it. SQLite itself compiles
/// a kept statement again after the schema has changed. Closing the connection disposes what it keeps.
/// </remarks>
internal sealed class PreparingConnection(string connectionString) : SqliteConnection(connectionString)
{
    /// <summary>
    /// Most commands that are kept; further ones are disposed. A writer has some tens of texts, and one more for each length of a list that
    /// Dapper expands (32 at most: <c>ProducersPerStep</c>), so that only a mistake reaches the bound.
    /// </summary>
    private const int MaxKept = 128;

    private readonly Dictionary<string, SqliteCommand> _kept = [];

    /// <summary>A command that runs a prepared statement.</summary>
    public override SqliteCommand CreateCommand() => new BorrowedCommand(this) { Transaction = Transaction };

    /// <summary>Takes a command of this text: a kept one, unless it is in use.</summary>
    public SqliteCommand Borrow(string text) => _kept.Remove(text, out SqliteCommand? command) ? command : new SqliteCommand(text, this);

    /// <summary>Takes back a command that has no open reader.</summary>
    public void Return(SqliteCommand command)
    {
        command.Parameters.Clear();
        if (_kept.Count == MaxKept || !_kept.TryAdd(command.CommandText, command))
        {
            command.Dispose();
        }
    }
}
