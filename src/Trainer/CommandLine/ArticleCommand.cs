using System.CommandLine;
using System.Runtime.InteropServices;
using Codec.CommandLine;
using Codec.Datasets;
using Codec.Trainer.Article;
using Codec.Trainer.Article.Experiments;
using Codec.Trainer.Display;

namespace Codec.Trainer.CommandLine;

/// <summary><c>trainer article</c>: runs the article's experiments, and writes the report.</summary>
internal static class ArticleCommand
{
    public static Command Create(StageDisplay display)
    {
        var data = new DataOptions();
        Experiment[] experiments =
        [
            new FacesExperiment(),
            new DenseExperiment(32, articleLoss: 0.0066),
            new DenseExperiment(1000, articleLoss: null),
            new PrincipalComponentsExperiment(),
            new NoiseExperiment(),
            new DenoisingExperiment(),
            new ConvolutionalDenoisingExperiment(),
            new ConvolutionalExperiment(32, 100, 1000),
            new SwapExperiment(),
            new MaskExperiment(),
            new DigitsExperiment(),
        ];
        var output = new Option<DirectoryInfo>("--output")
        {
            Description = "Folder for the report, models and checkpoints; a stopped run is resumed from it.",
            DefaultValueFactory = _ => new DirectoryInfo("artifacts/article"),
        };
        Option<int> seed = BoundedOption.Create("--seed", 42, 0, int.MaxValue, "Seed of everything random.");
        var document = new Option<FileInfo?>("--document")
        {
            Description = "A Markdown file (docs/article.md) for the numbers and plots; none by default.",
        };
        var only = new Option<string[]>("--only")
        {
            Description = $"Run only these experiments: {string.Join(", ", experiments.Select(experiment => experiment.Name))}.",
            AllowMultipleArgumentsPerToken = true,
        };
        only.AcceptOnlyFromAmong([.. experiments.Select(experiment => experiment.Name)]);
        var command = new Command("article", "Run every experiment of the article that is not complete yet, and write the report.")
        {
            output,
            seed,
            document,
            only,
        };
        foreach (Option option in data.All)
            command.Add(option);
        return command.Does(
            display,
            (arguments, _, cancellationToken) =>
            {
                LocatedData located = data.Find(arguments, display, size: null, cancellationToken);
                Dataset faces = data.Read(located.Source, display, SplitBy.Image, cancellationToken);
                string[] chosen = arguments.GetValue(only) is { Length: > 0 } names
                    ? names
                    : [.. experiments.Select(experiment => experiment.Name)];
                using var workshop = new Workshop(
                    arguments.GetValue(output)!.FullName,
                    faces,
                    (located.Source as LfwSource)?.WithAttributes(),
                    located.Source is LfwSource ? data.FindRawFaces(arguments) : null,
                    arguments.GetValue(seed),
                    display
                );
                new ArticleRun(workshop, experiments, experiment => chosen.Contains(experiment.Name)).Run(
                    Notice(located, faces),
                    arguments.GetValue(document)?.FullName,
                    cancellationToken
                );
            }
        );
    }

    // Unless synthetic faces replace the data, the notice names the data set only: a report must not contain a user's path.
    private static string Notice(LocatedData located, Dataset faces) =>
        $"{(located.IsSubstitute ? located.Notice : $"Measured on {faces.Name}.")} {Environment.ProcessorCount} cores, {RuntimeInformation.OSDescription}.";
}
