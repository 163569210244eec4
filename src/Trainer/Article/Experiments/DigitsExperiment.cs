using Codec.Datasets;
using Codec.Images;
using Codec.Measurement;
using Codec.Models;
using Codec.Onnx;
using Codec.Trainer.Evaluation;
using Codec.Trainer.Images;
using Codec.Trainer.Networks;
using Codec.Trainer.Recipes;
using Codec.Trainer.Report;
using Codec.Trainer.Training;
using static Codec.Trainer.Article.Fidelity;
using static TorchSharp.torch;
using Peers = Codec.Trainer.Evaluation.Comparison;

namespace Codec.Trainer.Article.Experiments;

/// <summary>The dense and the convolutional network on MNIST, and the codec's bytes compared with WebP's and PNG's.</summary>
internal sealed class DigitsExperiment() : Experiment("digits", "MNIST")
{
    private const int Code = 32;
    private const int Shown = 10;
    private const int Compared = 200;

    /// <inheritdoc/>
    protected override Section RunInScope(Workshop workshop, CancellationToken cancellationToken)
    {
        LocatedData located;
        try
        {
            using HttpClient http = DataLocator.CreateHttpClient();
            located = new DataLocator(http).LocateAsync(NamedDataset.Digits, cancellationToken: cancellationToken).GetAwaiter().GetResult();
        }
        catch (DatasetException exception)
        {
            return new Section { Title = Title, Text = [$"Skipped: {exception.Message}"] };
        }

        Dataset digits = workshop.Display.Run("Digits", _ => Dataset.Load(located.Source, cancellationToken: cancellationToken));
        ImageGeometry geometry = DenseRecipe.Geometry(digits.Train);
        using NetworkTraining<DenseAutoencoder> dense = workshop.Learn(
            "digits-dense",
            checkpoint => DenseRecipe.Product(Code, workshop.Seed).Prepare(digits, checkpoint),
            cancellationToken
        );
        using NetworkTraining<ConvolutionalAutoencoder> convolutional = workshop.Learn(
            "digits-conv",
            checkpoint => ConvolutionalRecipe.Digits(Code, workshop.Seed).Prepare(digits, checkpoint),
            cancellationToken
        );
        using Tensor train = digits.Train.ToTensor(geometry.Scale, geometry.Offset);
        string denseFile = workshop.Publishable(
            "digits-dense",
            digits,
            dense.Network,
            train,
            train,
            "dense, from principal components",
            cancellationToken
        );
        string file = workshop.Publishable(
            "digits-conv",
            digits,
            convolutional.Network,
            train,
            train,
            "convolutions beside principal components",
            cancellationToken
        );

        using CodecModel model = CodecModel.Load(ModelPackage.Load(Path.Combine(workshop.Folder, file)), OnnxNetworkRuntime.Instance);
        IReadOnlyList<QualityFigures> figures = QualityFigures.Measure(
            model,
            HeldOutImages.Some(digits.Test, int.MaxValue),
            cancellationToken
        );
        int quality = figures.Count - 1;
        byte[][] codes = model.EncodeBatch(digits.Test.Read(0, Shown), quality);
        using Tensor test = digits.Test.ToTensor(geometry.Scale, geometry.Offset);
        var sheet = new ContactSheet();
        sheet.AddRow("held-out digits", [.. Enumerable.Range(0, Shown).Select(digits.Test.Image)]);
        sheet.AddRow("dense", test.narrow(0, 0, Shown).Through(dense.Network.forward).ToImages(geometry));
        sheet.AddRow("convolutional", test.narrow(0, 0, Shown).Through(convolutional.Network.forward).ToImages(geometry));
        sheet.AddRow(
            "convolutional, from its code",
            [.. codes.Select(code => model.Decode(code, quality))],
            [.. codes.Select(code => $"{code.Length} bytes")]
        );
        Raster[] compared = [.. HeldOutImages.Some(digits.Test, Compared)];
        RateCurve? webp = new Peers(compared).Measure(Peer.Webp, cancellationToken);
        double png = compared.AsParallel().Average(digit => Peer.Png.Encode(digit, Peer.Png.Qualities[0]).Length);
        double denseMse = dense.History[^1].ValidationLoss,
            mse = convolutional.History[^1].ValidationLoss;
        return new Section
        {
            Text =
            [
                Text(
                    $"{digits.Train.Count:N0} training digits, {digits.Test.Count:N0} held out, by the authors' split; code {Code}. Bytes are per digit; for WebP and PNG those of a whole file without metadata, at the PSNR of the code. A star marks a format whose lowest quality is above that PSNR."
                ),
            ],
            Comparisons =
            [
                new("test MSE, dense", "—", Mse(denseMse)),
                new("test MSE, convolutional", "—", Text($"{Mse(mse)}: {mse / denseMse:0.000} of the dense one's")),
            ],
            Table = new TextTable(
                ["PSNR", "bytes of a convolutional code", "WebP", "PNG (lossless)"],
                [
                    .. figures.Select(point =>
                        new[] { Text($"{point.Decibels:0.0} dB"), Text($"{point.Bytes:0.0}"), At(webp, point.Decibels), Text($"{png:0}") }
                    ),
                ]
            ),
            Illustrations = [workshop.Picture(Name, sheet, "Ten held-out digits.")],
            Figures = new Dictionary<string, double>
            {
                ["digits.dense_mse"] = denseMse,
                ["digits.conv_mse"] = mse,
                ["digits.bytes"] = figures[quality].Bytes,
            },
            Models = [denseFile, file],
        };
    }

    private static string At(RateCurve? curve, double decibels) =>
        curve is null ? "—"
        : curve.Covers(decibels) ? Text($"{curve.BytesAt(decibels):0}")
        : decibels < curve.Lowest ? Text($"{curve.BytesAt(curve.Lowest):0}*")
        : "—";
}
