using System.Globalization;
using System.Text.Json;
using Spectre.Console;

namespace Codec.Bench.Report;

/// <summary>Writes the figures of a suite: a table for people, and a JSON file whose names are the same in every run.</summary>
internal static class FigureTable
{
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    /// <summary>Shows the figures and writes them.</summary>
    /// <param name="console">Shows the table.</param>
    /// <param name="figures">The figures, in the order of the table.</param>
    /// <param name="path">The JSON file.</param>
    /// <param name="cancellationToken">Cancels the writing.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static async Task WriteAsync(
        IAnsiConsole console,
        IReadOnlyList<Figure> figures,
        string path,
        CancellationToken cancellationToken
    )
    {
        Table table = new Table().Border(TableBorder.Simple).AddColumn("figure");
        table
            .AddColumn("value", column => column.RightAligned())
            .AddColumn("unit")
            .AddColumn("peer")
            .AddColumn("ratio", column => column.RightAligned());
        foreach (Figure figure in figures)
        {
            table.AddRow(
                Markup.Escape(figure.Name),
                Text($"{figure.Value:0.#####}"),
                figure.Unit,
                Markup.Escape(figure.Peer),
                Text($"{figure.Ratio:0.000}")
            );
        }

        console.Write(table);
        console.WriteLine(MachineLoad.Describe());
        await File.WriteAllTextAsync(path, JsonSerializer.Serialize(figures, Json), cancellationToken);
        console.WriteLine(path);
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

/// <summary>A figure of a benchmark.</summary>
/// <param name="Name">The figure's name, the same in every run.</param>
/// <param name="Value">The measured value.</param>
/// <param name="Unit">The value's unit.</param>
/// <param name="Peer">A description of the reference.</param>
/// <param name="Ratio">The value divided by the reference.</param>
internal sealed record Figure(string Name, double Value, string Unit, string Peer, double Ratio);
