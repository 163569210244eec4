using Codec.Bench.Report;
using Spectre.Console;

namespace Codec.Bench.Training;

/// <summary>Measures what trained and imported models are worth.</summary>
/// <param name="console">Receives the figures.</param>
/// <param name="output">Folder of the figures and of the runs.</param>
internal sealed class TrainingSuite(IAnsiConsole console, string output)
{
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        string folder = Path.Combine(output, "training");
        IReadOnlyList<Figure> figures = await new NetworkFigures(console, folder).MeasureAsync(cancellationToken);
        await FigureTable.WriteAsync(console, figures, Path.Combine(output, "training.json"), cancellationToken);
    }
}
