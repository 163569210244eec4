using System.CommandLine;
using System.Globalization;
using Codec.Images;
using Codec.Models;
using Codec.Trainer.Display;
using Codec.Trainer.Networks;
using Codec.Trainer.Recipes;
using Spectre.Console;

namespace Codec.Trainer.CommandLine;

/// <summary><c>trainer summary</c>: shows the content of a model file, or the layers of the dense network.</summary>
internal static class SummaryCommand
{
    public static Command Create(StageDisplay display)
    {
        var model = new Argument<FileInfo?>("model")
        {
            Description = "A model file (faces-32.codec); by default the article's dense network of --size and --code.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        Option<ImageSize?> size = SizeOption.Create("By default 32.");
        Option<int> code = Options.Code();
        return new Command("summary", "Show the content of a model file, or a network's layers and parameters.") { model, size, code }.Does(
            display,
            (arguments, _, _) =>
            {
                if (arguments.GetValue(model) is { } file)
                    ShowModel(display.Console, file);
                else
                    ShowNetwork(display.Console, arguments.GetValue(size) ?? new ImageSize(32, 32), arguments.GetValue(code));
            }
        );
    }

    private static void ShowNetwork(IAnsiConsole console, ImageSize size, int code)
    {
        using var network = new DenseAutoencoder(
            new ImageGeometry(size.Width, size.Height, 3, DenseRecipe.Scale, DenseRecipe.Offset),
            code
        );
        Table table = new Table()
            .Border(TableBorder.Simple)
            .AddColumns("layer", "shape")
            .AddColumn("parameters", column => column.RightAligned());
        table.AddRow("input", Markup.Escape($"[{size.Height}, {size.Width}, 3]"), "0");
        foreach (var layer in network.named_parameters().GroupBy(parameter => parameter.name[..parameter.name.LastIndexOf('.')]))
        {
            string shapes = string.Join(" + ", layer.Select(parameter => $"[{string.Join(", ", parameter.parameter.shape)}]"));
            table.AddRow(layer.Key, Markup.Escape(shapes), Number(layer.Sum(parameter => parameter.parameter.numel())));
        }

        table.AddRow("total", "", Number(network.parameters().Sum(parameter => parameter.numel())));
        console.Write(table);
    }

    private static void ShowModel(IAnsiConsole console, FileInfo file)
    {
        ModelPackage package = ModelPackage.Load(file.FullName);
        ModelManifest manifest = package.Manifest;
        Table table = new Table().Border(TableBorder.Simple).AddColumns("", manifest.Name);
        void Row(string what, string value) => table.AddRow(Markup.Escape(what), Markup.Escape(value));

        Row("version", package.Version.ToString());
        Row("images", $"{manifest.Input.Width}×{manifest.Input.Height}×{manifest.Input.Channels}");
        Row("latents", Number(manifest.Latents));
        Row("qualities", Number(manifest.Qualities.Count));
        Row("encoder", $"{Number(manifest.Encoder.Size)} bytes");
        foreach (HeadEntry head in manifest.Heads)
        {
            Row($"head {head.Name}", $"{Number(head.Graph.Size)} bytes");
            if (head.Filter is { } filter)
                Row("its post-filter", $"{Number(filter.Size)} bytes");
        }

        Row("prior", $"{Number(manifest.Prior.Size)} bytes");
        foreach ((string key, string value) in manifest.Provenance.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            Row(key, value);
        console.Write(table);
    }

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
