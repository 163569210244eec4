using Codec.Trainer.Networks;
using Codec.Trainer.Recipes;
using Codec.Trainer.Report;
using Codec.Trainer.Training;
using static Codec.Trainer.Article.Fidelity;

namespace Codec.Trainer.Article.Experiments;

/// <summary>Convolutional autoencoders, compared with the dense ones of the same code sizes.</summary>
/// <param name="codes">Latents; sizes for which there are too few faces, or too small ones, are skipped.</param>
internal sealed class ConvolutionalExperiment(params int[] codes) : Experiment("conv", "Convolutional autoencoders")
{
    /// <inheritdoc/>
    protected override Section RunInScope(Workshop workshop, CancellationToken cancellationToken)
    {
        ContactSheet sheet = workshop.SheetOfOriginals();
        Measured[] runs =
        [
            .. codes.Where(code => code <= workshop.Components.Count).Select(code => Measure(workshop, code, sheet, cancellationToken)),
        ];
        return new Section
        {
            Text =
            [
                "The article mentions convolutional encoders. These networks add convolutions to the principal components in encoder and decoder, so that training begins at the best linear code; they train on mirror images too. The dense networks are those of the trainer's schedule. The larger the code, the less remains for convolutions to gain over a linear code.",
            ],
            Table = new TextTable(
                ["code size", "principal components: test MSE", "dense", "convolutional", "convolutional ÷ dense", "parameters"],
                [
                    .. runs.Select(run =>
                        new[]
                        {
                            Text($"{run.Code:N0}"),
                            Mse(run.Floor),
                            Mse(run.Dense),
                            Mse(run.Mse),
                            Text($"{run.Mse / run.Dense:0.000}"),
                            Text($"{run.Parameters:N0}"),
                        }
                    ),
                ]
            ),
            Illustrations =
            [
                workshop.Picture(Name, sheet, "Five held-out faces: original; dense and convolutional at each code size."),
                workshop.Plot(
                    $"{Name}-loss",
                    LossPlot(runs),
                    "Validation loss of the convolutional networks, relative to the error of as many principal components."
                ),
            ],
            Figures = runs.ToDictionary(run => $"conv{run.Code}.mse_vs_dense", run => run.Mse / run.Dense),
            Models = [.. runs.Select(run => run.Model)],
        };
    }

    /// <summary>Trains the networks of one code size, and adds faces that they restore to the sheet.</summary>
    private static Measured Measure(Workshop workshop, int code, ContactSheet sheet, CancellationToken cancellationToken)
    {
        using NetworkTraining<ConvolutionalAutoencoder> convolutional = workshop.Learn(
            $"conv{code}",
            checkpoint => ConvolutionalRecipe.Faces(code, workshop.Seed).Prepare(workshop.Faces, checkpoint, workshop.Components),
            cancellationToken
        );
        using NetworkTraining<DenseAutoencoder> dense = DenseExperiment.Product(workshop, code, cancellationToken);
        string model = workshop.Publishable(
            $"faces-conv-{code}",
            convolutional.Network,
            workshop.Train,
            workshop.Train,
            "convolutions beside principal components",
            cancellationToken
        );
        sheet.AddRow(Text($"dense, code {code:N0}"), workshop.FirstOf(workshop.Test.Through(dense.Network.forward)));
        sheet.AddRow(Text($"convolutional, code {code:N0}"), workshop.FirstOf(workshop.Test.Through(convolutional.Network.forward)));
        return new Measured(
            code,
            PrincipalComponentsExperiment.Floor(workshop, [code])[0],
            dense.History[^1].ValidationLoss,
            [.. convolutional.History.Select(epoch => epoch.ValidationLoss)],
            convolutional.Network.parameters().Sum(parameter => parameter.numel()),
            model
        );
    }

    private static byte[] LossPlot(IEnumerable<Measured> runs) =>
        LinePlot.Draw(
            "epoch",
            "validation loss ÷ principal components'",
            [
                .. runs.Select(run => new Curve(
                    Text($"code {run.Code:N0}"),
                    [.. Enumerable.Range(1, run.Losses.Length).Select(epoch => (double)epoch)],
                    [.. run.Losses.Select(loss => loss / run.Floor)]
                )),
            ]
        );

    /// <param name="Code">Latents.</param>
    /// <param name="Floor">The principal components' test MSE.</param>
    /// <param name="Dense">The dense network's.</param>
    /// <param name="Losses">The convolutional network's after each epoch.</param>
    /// <param name="Parameters">Of the convolutional network.</param>
    /// <param name="Model">Its file.</param>
    private sealed record Measured(int Code, double Floor, double Dense, double[] Losses, long Parameters, string Model)
    {
        public double Mse => Losses[^1];
    }
}
