using System.CommandLine;
using System.Text.Json;
using Codec.Trainer.Display;
using Codec.Trainer.Import.Layers;

namespace Codec.Trainer.CommandLine;

/// <summary><c>trainer layers</c>: tries which common layers an import takes.</summary>
internal static class LayersCommand
{
    public static Command Create(StageDisplay display)
    {
        var output = new Option<FileInfo?>("--output") { Description = "A JSON file for the figure import_layers." };
        var command = new Command("layers", "Try the import of each common layer of PyTorch and Keras, and compare what it computes.")
        {
            output,
        };
        return command.Does(
            display,
            (arguments, _, cancellationToken) =>
            {
                int passed = 0;
                foreach (CommonLayer layer in CommonLayers.All)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    string? reason = LayerTrial.Run(layer);
                    passed += reason is null ? 1 : 0;
                    display.Line($"{layer.Name}: {(reason is null ? "passes" : $"refused, {reason.ReplaceLineEndings(" ")}")}");
                }

                display.Line($"{passed} of {CommonLayers.All.Count} layers pass.");
                if (arguments.GetValue(output) is { } file)
                {
                    File.WriteAllText(
                        file.FullName,
                        JsonSerializer.Serialize(new Dictionary<string, double> { ["import_layers"] = passed })
                    );
                }
            }
        );
    }
}
