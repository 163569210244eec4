using System.Globalization;
using System.Text.Json;
using Codec.Bench.Processes;
using Codec.Bench.Report;
using Spectre.Console;

namespace Codec.Bench.Article;

/// <summary>
/// Reproduces the article's figures with the trainer, and compares its training speed with the arithmetic peak measured in the same run.
/// </summary>
internal sealed class ArticleSuite(IAnsiConsole console, string output)
{
    /// <summary>The figures by name, each with its unit, its reference, and the reference's value (0 for none).</summary>
    private static readonly (string Name, string Unit, string Peer, double Against)[] Known =
    [
        ("dense32.test_mse", "MSE", "the article: 0.0066", 0.0066),
        ("dense32.article_test_mse", "MSE", "the article: 0.0066", 0.0066),
        ("dense32.epoch_seconds", "s", "the bound on two idle cores, one thread: 0.7", 0.7),
        ("dense32.share_of_peak", "of the peak", "a product of 2,048² matrices, one thread: 1", 1),
        ("conv32.mse_vs_dense", "times", "the dense one: 1; the bound: 0.9", 0.9),
        ("conv32.images_per_second", "images/s", "none; two threads", 0),
        ("denoise.gain_db", "dB", "the noisy faces", 0),
        ("denoise_conv.gain_over_dense_db", "dB", "the dense denoiser; the bound: 1", 1),
        ("mask.mean_iou", "IoU", "the bound: 0.85", 0.85),
        ("pca.ratio_k32", "times", "the floor: 1; the bound: 1.02", 1.02),
        ("pca.ratio_k100", "times", "the floor: 1; the bound: 1.02", 1.02),
        ("peak.gigaflops", "GFLOP/s", "none; a product of 2,048² matrices, one thread", 0),
    ];

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        string folder = Path.Combine(output, "article");
        Directory.CreateDirectory(folder);
        console.WriteLine("Running the article's experiments that are not complete yet…");
        await Trainer.RunAsync(console, ["article", "--output", folder], cancellationToken);
        console.WriteLine("Measuring how fast networks train…");
        string speed = Path.Combine(folder, "speed.json");
        await Trainer.RunAsync(console, ["speed", "--output", speed], cancellationToken);

        var measured = new Dictionary<string, double>();
        foreach (string file in new[] { Path.Combine(folder, "figures.json"), speed })
        {
            foreach (
                (string name, double value) in JsonSerializer.Deserialize<Dictionary<string, double>>(
                    await File.ReadAllBytesAsync(file, cancellationToken)
                )!
            )
            {
                measured[name] = value;
            }
        }

        Figure[] figures =
        [
            .. Known
                .Where(figure => measured.ContainsKey(figure.Name))
                .Select(figure => new Figure(
                    figure.Name,
                    measured[figure.Name],
                    figure.Unit,
                    figure.Peer,
                    figure.Against > 0 ? measured[figure.Name] / figure.Against : measured[figure.Name]
                )),
        ];
        await FigureTable.WriteAsync(console, figures, Path.Combine(output, "article.json"), cancellationToken);
        foreach (string missing in Known.Select(figure => figure.Name).Except(measured.Keys))
            throw new BenchException(string.Create(CultureInfo.InvariantCulture, $"The trainer measured no {missing}."));
    }
}
