using System.Text.Json;
using Codec.Datasets;
using Codec.Models;
using Codec.Tests.Shared;
using Codec.Trainer.Article;
using Codec.Trainer.Networks;
using Codec.Trainer.Recipes;
using Codec.Trainer.Report;
using Codec.Trainer.Training;
using Microsoft.Extensions.Time.Testing;
using TorchSharp;

namespace Trainer.Tests.Article;

public sealed class ArticleRunTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();
    private readonly Dataset _images = TinyImages.Create();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Run_AfterBeingStopped_RunsOnlyWhatIsNotComplete()
    {
        var first = new Step("first");
        var second = new Step("second") { Stopped = true };
        Assert.Throws<OperationCanceledException>(() => Run(seed: 1, first, second));

        second.Stopped = false;
        Run(seed: 1, first, second);

        Assert.Equal((1, 2), (first.Runs, second.Runs));
        string report = File.ReadAllText(_folder.File("report.html"));
        Assert.InRange(
            report.IndexOf("About first", StringComparison.Ordinal),
            1,
            report.IndexOf("About second", StringComparison.Ordinal)
        );
        var figures = JsonSerializer.Deserialize<Dictionary<string, double>>(File.ReadAllText(_folder.File("figures.json")))!;
        Assert.Equal(["first.figure", "second.figure"], figures.Keys);
    }

    [Fact]
    public void Run_OnlySomeChosen_ShowsWhatIsCompleteOfTheOthers()
    {
        var first = new Step("first");
        var second = new Step("second");
        Run(seed: 1, first);
        using (Workshop workshop = Open(seed: 1))
        {
            new ArticleRun(workshop, [first, second, new Step("third")], experiment => experiment == second).Run(
                "Tiny images.",
                document: null,
                CancellationToken.None
            );
        }

        string report = File.ReadAllText(_folder.File("report.html"));
        Assert.Contains("1. About first", report, StringComparison.Ordinal);
        Assert.Contains("2. About second", report, StringComparison.Ordinal);
        Assert.DoesNotContain("About third", report, StringComparison.Ordinal);
        Assert.Contains("alt=\"A face.\"", report, StringComparison.Ordinal);
        Assert.Equal(1, first.Runs);
    }

    [Fact]
    public void Run_OnlyTheSecond_KeepsItsNumber()
    {
        var second = new Step("second");
        using Workshop workshop = Open(seed: 1);
        new ArticleRun(workshop, [new Step("first"), second], experiment => experiment == second).Run(
            "Tiny images.",
            _folder.File("article.md"),
            CancellationToken.None
        );
        Assert.Contains("2. About second", File.ReadAllText(_folder.File("report.html")), StringComparison.Ordinal);
        Assert.Contains("## 2. About second", File.ReadAllText(_folder.File("article.md")), StringComparison.Ordinal);
    }

    [Fact]
    public void WorkTime_OfSeveralRuns_IsTheirSum()
    {
        var clock = new FakeTimeProvider();
        string path = _folder.File("seconds");
        var first = new WorkTime(path, clock);
        clock.Advance(TimeSpan.FromSeconds(100));
        first.Keep();
        // What is not kept, because the run was killed, is lost.
        clock.Advance(TimeSpan.FromSeconds(7));
        var second = new WorkTime(path, clock);
        clock.Advance(TimeSpan.FromSeconds(20.5));
        Assert.Equal(120.5, second.Seconds, precision: 6);
        second.End();
        Assert.Equal(0, new WorkTime(path, clock).Seconds);
    }

    [Fact]
    public void Run_AfterBeingStopped_CountsTheTimeBefore()
    {
        var step = new Step("step") { Stopped = true };
        Assert.Throws<OperationCanceledException>(() => Run(seed: 1, step));
        string kept = Assert.Single(Directory.GetFiles(_folder.File("sections"), "*.seconds"));
        File.WriteAllText(kept, "1000");
        step.Stopped = false;
        Run(seed: 1, step);
        Assert.Matches("10[0-9][0-9]\\.[0-9] seconds", File.ReadAllText(_folder.File("report.html")));
        Assert.False(File.Exists(kept));
    }

    [Fact]
    public void Publishable_OtherSeedOrImages_ReplacesTheModelFile()
    {
        Digest[] versions = [Publish(1, _images), Publish(1, _images), Publish(2, _images), Publish(2, TinyImages.Create(seed: 8))];
        Assert.Equal(versions[0], versions[1]);
        Assert.Equal(3, versions.Distinct().Count());

        Digest Publish(int seed, Dataset images)
        {
            using var workshop = new Workshop(_folder.Path, images, attributes: null, raw: null, seed, SilentDisplay.Create());
            torch.manual_seed(seed);
            using var network = new DenseAutoencoder(workshop.Geometry, 4);
            string file = workshop.Publishable("dense", network, workshop.Train, workshop.Train, "dense", CancellationToken.None);
            return ModelPackage.Load(_folder.File(file)).Version;
        }
    }

    [Fact]
    public void Run_OtherSeed_RunsEverythingAgain()
    {
        var step = new Step("step");
        Run(seed: 1, step);
        Run(seed: 2, step);

        Assert.Equal(2, step.Runs);
    }

    [Fact]
    public void Run_WithDocument_ContainsNumbersAndPlotsButNoPictureOfAPerson()
    {
        string document = _folder.File("docs/article.md");
        Directory.CreateDirectory(Path.GetDirectoryName(document)!);
        using Workshop workshop = Open(seed: 1);
        new ArticleRun(workshop, [new Step("step")], _ => true).Run("Tiny images.", document, CancellationToken.None);

        string text = File.ReadAllText(document);
        Assert.Contains("| a number | 0.5 | 0.25 |", text, StringComparison.Ordinal);
        Assert.Contains("| 32 | 0.75 |", text, StringComparison.Ordinal);
        Assert.Contains("(article/step-plot.png)", text, StringComparison.Ordinal);
        Assert.DoesNotContain("step-faces.png", text, StringComparison.Ordinal);
        Assert.Equal(["step-plot.png"], Directory.GetFiles(_folder.File("docs/article")).Select(Path.GetFileName));
    }

    [Fact]
    public void Learn_CheckpointOfAnotherRecipe_BeginsAnew()
    {
        using Workshop workshop = Open(seed: 1);
        DenseRecipe Recipe(int code) =>
            new(
                DenseSchedule.Article,
                code,
                new TrainingOptions
                {
                    Recipe = $"dense {code}",
                    Epochs = 2,
                    BatchSize = 16,
                }
            );
        workshop.Learn("dense", checkpoint => Recipe(4).Prepare(_images, checkpoint), CancellationToken.None).Dispose();

        using NetworkTraining<DenseAutoencoder> other = workshop.Learn(
            "dense",
            checkpoint => Recipe(5).Prepare(_images, checkpoint),
            CancellationToken.None
        );
        using NetworkTraining<DenseAutoencoder> same = workshop.Learn(
            "dense",
            checkpoint => Recipe(5).Prepare(_images, checkpoint),
            new CancellationToken(canceled: true)
        );

        Assert.Equal(2, other.History.Count);
        Assert.Equal(other.History, same.History);
    }

    private void Run(int seed, params Experiment[] experiments)
    {
        using Workshop workshop = Open(seed);
        new ArticleRun(workshop, experiments, _ => true).Run("Tiny images.", document: null, CancellationToken.None);
    }

    private Workshop Open(int seed) => new(_folder.Path, _images, attributes: null, raw: null, seed, SilentDisplay.Create());

    private sealed class Step(string name) : Experiment(name, $"About {name}")
    {
        public bool Stopped { get; set; }

        public int Runs { get; private set; }

        protected override Section RunInScope(Workshop workshop, CancellationToken cancellationToken)
        {
            Runs++;
            if (Stopped)
                throw new OperationCanceledException();
            var sheet = new ContactSheet();
            sheet.AddRow("faces", [workshop.Faces.Test.Image(0)]);
            return new Section
            {
                Comparisons = [new Comparison("a number", "0.5", "0.25")],
                Table = new TextTable(
                    ["code size", "loss"],
                    [
                        ["32", "0.75"],
                    ]
                ),
                Illustrations =
                [
                    workshop.Picture($"{Name}-faces", sheet, "A face."),
                    workshop.Plot($"{Name}-plot", LinePlot.Draw("x", "y", [new Curve("curve", [1, 2], [3, 4])]), "A plot."),
                ],
                Figures = new Dictionary<string, double> { [$"{Name}.figure"] = 0.25 },
            };
        }
    }
}
