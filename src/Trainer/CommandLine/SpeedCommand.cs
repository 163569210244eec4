using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Codec.CommandLine;
using Codec.Datasets;
using Codec.Trainer.Article;
using Codec.Trainer.Display;

namespace Codec.Trainer.CommandLine;

/// <summary><c>trainer speed</c>: measures how fast networks train on this machine.</summary>
internal static class SpeedCommand
{
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true };

    public static Command Create(StageDisplay display)
    {
        var data = new DataOptions();
        Option<int> seed = BoundedOption.Create("--seed", 42, 0, int.MaxValue, "Seed of weights and shuffling.");
        var output = new Option<FileInfo?>("--output") { Description = "A JSON file for the figures." };
        var command = new Command("speed", "Measure how fast networks train, and the arithmetic peak in the same run.") { seed, output };
        foreach (Option option in data.All)
            command.Add(option);
        return command.Does(
            display,
            (arguments, _, cancellationToken) =>
            {
                Dataset faces = data.Read(arguments, display, size: null, cancellationToken);
                IReadOnlyDictionary<string, double> figures = TrainingSpeed.Measure(faces, arguments.GetValue(seed), cancellationToken);
                foreach ((string name, double value) in figures)
                    display.Line(string.Create(CultureInfo.InvariantCulture, $"{name}: {value:0.###}"));
                if (arguments.GetValue(output) is { } file)
                    File.WriteAllText(file.FullName, JsonSerializer.Serialize(figures, Json));
            }
        );
    }
}
