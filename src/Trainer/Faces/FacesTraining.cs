using Codec.Datasets;
using Codec.Entropy;
using Codec.Onnx;
using Codec.Trainer.Display;
using Codec.Trainer.LinearCodes;
using Codec.Trainer.Models;
using Codec.Trainer.Priors;
using TorchSharp;

namespace Codec.Trainer.Faces;

/// <summary>
/// Trains <c>faces-32</c>: principal components as the linear pair, rounded to int8 in the decoder, and a prior fitted for each
/// quality to the symbols of the training images (ADR 4).
/// </summary>
internal sealed class FacesTraining(StageDisplay display)
{
    /// <summary>Weight of a bit against squared error, in Δ²: flat around this, for all qualities.</summary>
    private const double Lambda = 0.35;

    /// <summary>
    /// What each quality aims at on the training images: PSNR in dB, and how many latents it codes. Held-out faces come out lower, the
    /// more so the finer the detail, which components of other faces describe less well; the aim allows for that.
    /// </summary>
    private static readonly (double Decibels, int Coded)[] Aims = [(22.84, 250), (27.12, 350), (30.60, 350)];

    /// <summary>Trains, and gives the finished model.</summary>
    /// <param name="data">Training images; the held-out ones are not looked at.</param>
    /// <param name="name">The model's name.</param>
    /// <param name="latents">K; fewer where the images are too few.</param>
    /// <param name="seed">Of everything random.</param>
    /// <param name="cancellation">Stops between two images.</param>
    /// <exception cref="ArgumentException">The images are too few for the latents.</exception>
    public ModelPackage Run(Dataset data, string name, int latents, int seed, CancellationToken cancellation)
    {
        torch.set_num_threads(Environment.ProcessorCount);
        torch.manual_seed(seed);
        PrincipalComponents components = display.Run("Principal components", _ => PrincipalComponents.Fit(data.Train, latents, mirrored: false));
        cancellation.ThrowIfCancellationRequested();
        LatentSet set = display.Run("Latents of the training images", _ => LatentSet.Analyse(data.Train, components));

        var drafts = new List<QualityDraft>();
        foreach ((double decibels, int coded) in Aims)
        {
            double error = data.Train.ImageLength * 255.0 * 255.0 * Math.Pow(10, -decibels / 10);
            var fit = new QualityFit(set, components.Variances, new QualityOptions(error, Lambda, coded, Trellis.EightStates));
            display.Run($"Prior of quality {drafts.Count}", progress =>
            {
                fit.Run(seed, progress, cancellation);
                return fit.Bits;
            });
            drafts.Add(fit.Draft);
        }

        return Pack(data, name, latents, seed, components, drafts);
    }

    private static ModelPackage Pack(
        Dataset data, string name, int latents, int seed, PrincipalComponents components, IReadOnlyList<QualityDraft> drafts)
    {
        var geometry = new ImageGeometry(data.Train.Width, data.Train.Height, data.Train.Channels, 1, 0);
        LinearPair pair = components.ToPair(latents, geometry.Scale, geometry.Offset);
        (sbyte[] rows, float[] scales) = RoundRows(pair);
        byte[] encoder = LinearGraphs.Encoder(pair.EncoderWeights, pair.EncoderBias, geometry);
        byte[] decoder = LinearGraphs.Decoder(rows, scales, pair.DecoderBias, geometry);
        return new ModelParts
        {
            Name = name,
            Input = geometry,
            Latents = latents,
            Encoder = encoder,
            Heads = [new HeadGraph(ModelManifest.ImageHead, decoder, geometry)],
            Qualities = drafts,
            GoldenImage = GoldenImage(components),
            Provenance = new Dictionary<string, string>
            {
                ["data set"] = data.Name,
                ["licence of the data"] = data.Licence,
                ["training images"] = $"{data.Train.Count}",
                ["seed"] = $"{seed}",
                ["transform"] = "principal components",
            },
        }.Assemble();
    }

    private static (sbyte[] Rows, float[] Scales) RoundRows(LinearPair pair)
    {
        var rows = new sbyte[pair.DecoderWeights.Length];
        var scales = new float[pair.Latents];
        for (int k = 0; k < pair.Latents; k++)
        {
            ReadOnlySpan<float> row = pair.DecoderWeights.AsSpan(k * pair.Samples, pair.Samples);
            float largest = 0;
            foreach (float weight in row) largest = Math.Max(largest, Math.Abs(weight));
            scales[k] = largest > 0 ? largest / sbyte.MaxValue : 1;
            for (int s = 0; s < row.Length; s++) rows[k * pair.Samples + s] = (sbyte)MathF.Round(row[s] / scales[k]);
        }

        return (rows, scales);
    }

    /// <summary>The mean image, moved by half a deviation along the first components: nobody's picture, whatever the data.</summary>
    private static byte[] GoldenImage(PrincipalComponents components)
    {
        var image = new byte[components.Samples];
        for (int s = 0; s < image.Length; s++)
        {
            double value = components.Mean[s];
            for (int k = 0; k < Math.Min(16, components.Count); k++)
                value += 0.5 * Math.Sqrt(components.Variances[k]) * components.Basis[k * components.Samples + s];
            image[s] = (byte)Math.Clamp(Math.Round(value), 0, 255);
        }

        return image;
    }
}
