using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Codec.CommandLine;
using Spectre.Console;

namespace Codec.Tool.Output;

/// <summary>
/// Writes what a command found or did: tables and lines for people, in which no name controls a terminal, or one JSON object a line for
/// programs.
/// </summary>
/// <param name="console">Receives tables.</param>
/// <param name="output">Receives lines.</param>
/// <param name="json">Whether a program reads.</param>
internal sealed class Results(IAnsiConsole console, TextWriter output, bool json)
{
    /// <summary>Whether a program reads.</summary>
    public bool IsJson => json;

    /// <summary>Writes rows of one kind: a table, or an object for each.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="type">How a row becomes an object.</param>
    /// <param name="columns">The table's columns.</param>
    public void Rows<T>(IReadOnlyCollection<T> rows, JsonTypeInfo<T> type, params Column<T>[] columns)
    {
        if (json)
        {
            foreach (T row in rows)
                Object(row, type);
            return;
        }

        Table table = new Table().Border(TableBorder.Simple);
        foreach (Column<T> column in columns)
            table.AddColumn(column.Title, c => c.Alignment = column.IsNumber ? Justify.Right : Justify.Left);
        foreach (T row in rows)
            table.AddRow([.. columns.Select(column => Markup.Escape(PlainText.Of(column.Text(row))))]);
        Write(() => console.Write(table));
    }

    /// <summary>Writes one result as soon as it is known: a line, or an object.</summary>
    /// <param name="row">The result.</param>
    /// <param name="type">How it becomes an object.</param>
    /// <param name="text">The line for people.</param>
    public void Row<T>(T row, JsonTypeInfo<T> type, string text)
    {
        if (json)
            Object(row, type);
        else
            Write(() => output.WriteLine(PlainText.Of(text)));
    }

    /// <summary>Writes a result that is more than a line: by the action for people, or an object.</summary>
    public void Page<T>(T result, JsonTypeInfo<T> type, Action<Results> write)
    {
        if (json)
            Object(result, type);
        else
            write(this);
    }

    /// <summary>Writes a line for people alone.</summary>
    public void Line(string text)
    {
        if (!json)
            Write(() => output.WriteLine(PlainText.Of(text)));
    }

    // Flushed: the reader of a stream waits for each line.
    private void Object<T>(T row, JsonTypeInfo<T> type) =>
        Write(() =>
        {
            output.WriteLine(JsonSerializer.Serialize(row, type));
            output.Flush();
        });

    private static void Write(Action write)
    {
        try
        {
            write();
        }
        catch (IOException exception)
        {
            throw new OutputException(exception);
        }
    }
}

/// <summary>A column of a table.</summary>
/// <param name="Title">Its title.</param>
/// <param name="Text">A row's text in it.</param>
/// <param name="IsNumber">Whether it is aligned to the right.</param>
internal sealed record Column<T>(string Title, Func<T, string> Text, bool IsNumber = false);
