using System.CommandLine;
using Codec.CommandLine;
using Codec.Tool.CommandLine;
using Codec.Tool.Output;

namespace Codec.Tool.Offline;

/// <summary><c>codec inspect</c>: what a file contains, and what takes its bytes.</summary>
internal static class InspectCommand
{
    public static Command Create()
    {
        Argument<string> file = new("FILE") { Description = "A code file, a stored frame, or a model file." };
        Option<string[]> models = CommonOptions.Models();
        return new Command("inspect", "Show what a code file, a frame or a model file contains, and what takes its bytes.")
        {
            file,
            models,
        }.Does(
            (arguments, results, _) =>
            {
                using var local = new LocalModels();
                foreach (string path in arguments.GetValue(models)!)
                    local.Load(path);
                string name = arguments.GetValue(file)!;
                try
                {
                    Inspection inspection = FileInspector.Inspect(name, local);
                    results.Page(inspection, RowTypes.Default.Inspection, _ => Write(inspection, results));
                    return Task.FromResult(ExitCodes.Success);
                }
                catch (Exception exception) when (ToolCommands.Runner.IsExpected(exception))
                {
                    ToolCommands.ReportFailure(name, exception);
                    return Task.FromResult(ExitCodes.Failure);
                }
            }
        );
    }

    private static void Write(Inspection inspection, Results results)
    {
        results.Line($"{inspection.File}: {inspection.Kind}, {Texts.Number(inspection.Bytes)} bytes");
        results.Line($"model: {inspection.Model ?? "unknown"}, version {inspection.Version ?? "not named"}");
        if (inspection.Quality is { } quality)
            results.Line($"quality: {quality}");
        if (inspection.Qualities is { } qualities)
            results.Line($"qualities: 0 to {qualities - 1}; images: {inspection.Sizes}");
        foreach ((string key, string value) in inspection.Provenance ?? new Dictionary<string, string>())
            results.Line($"{key}: {value}");
        double total = inspection.Parts.Sum(part => part.Bytes);
        results.Rows(
            inspection.Parts,
            RowTypes.Default.FilePart,
            new Column<FilePart>("part", part => part.Name),
            new Column<FilePart>("bytes", part => Texts.Number(part.Bytes), IsNumber: true),
            new Column<FilePart>("share", part => Texts.Percent(part.Bytes / total), IsNumber: true),
            new Column<FilePart>("", part => Texts.Bar(part.Bytes / total))
        );
    }
}
