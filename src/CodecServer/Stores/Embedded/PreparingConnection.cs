using Microsoft.Data.Sqlite;

namespace Codec.Server.Stores.Embedded;

/// <summary>The writer's connection: it keeps statements prepared, so that each is compiled once.</summary>
/// <remarks>
/// SQLite takes longer to compile most of the writer's statements than to run them, and Dapper disposes its command, and with it the
/// statement, after each call. The commands created here borrow a prepared command of the same text and return it when they are disposed.
/// SQLite recompiles a kept statement by itself after the schema has changed. Closing the connection disposes the kept commands.
/// </remarks>
internal sealed class PreparingConnection(string connectionString) : SqliteConnection(connectionString)
{
    /// <summary>
    /// Maximum number of commands that are kept; further ones are disposed. A writer has tens of texts, and one more for each length of a
    /// list that Dapper expands (at most 32: <c>ProducersPerStep</c>), so only a programming error reaches the bound.
    /// </summary>
    private const int MaxKept = 128;

    private readonly Dictionary<string, SqliteCommand> _kept = [];

    /// <summary>Creates a command that runs a prepared statement.</summary>
    public override SqliteCommand CreateCommand() => new BorrowedCommand(this) { Transaction = Transaction };

    /// <summary>Lends a command of this text: the kept one, or a new one if that is in use.</summary>
    public SqliteCommand Borrow(string text) => _kept.Remove(text, out SqliteCommand? command) ? command : new SqliteCommand(text, this);

    /// <summary>Takes back a lent command, which must have no open reader.</summary>
    public void Return(SqliteCommand command)
    {
        command.Parameters.Clear();
        if (_kept.Count == MaxKept || !_kept.TryAdd(command.CommandText, command))
            command.Dispose();
    }
}
