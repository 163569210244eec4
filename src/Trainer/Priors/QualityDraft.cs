using Codec.Entropy;
using Codec.Models;

namespace Codec.Trainer.Priors;

/// <summary>
/// One quality of a prior while it is fitted, in real numbers. They are rounded to integers when a <see cref="Prior"/> is made.
/// </summary>
internal sealed partial class QualityDraft
{
    /// <summary>Fraction bits of an accumulator: a weight of 1 moves the scale by 1 for each unit of activation.</summary>
    public const int Shift = 5;

    /// <summary>Magnitudes with a centroid of their own; all larger ones share the last.</summary>
    public const int Levels = 3;

    // Activations grow with the logarithm of the magnitude, up to 8: a large magnitude carries little more information than a medium one.
    private static readonly byte[] Activations =
    [
        .. Enumerable.Range(1, 15).Select(m => (byte)Math.Min(8, Math.Round(2 * Math.Log2(1 + m)))),
    ];

    /// <summary>Creates a draft without weights, with Laplacian rows.</summary>
    /// <param name="latents">K: the number of latents.</param>
    /// <param name="trellis">Selects each latent's quantizer.</param>
    /// <param name="step">Δ, the quantizer's step.</param>
    /// <param name="lambda">See <see cref="Lambda"/>.</param>
    /// <param name="biases">[C]: see <see cref="Biases"/>.</param>
    /// <param name="rule">The rule of a grid model; null for a fixed-size model.</param>
    public QualityDraft(int latents, Trellis trellis, double step, double lambda, float[] biases, GridRule? rule = null)
    {
        Latents = latents;
        Rows = Start = ScaleRows.Laplacian(trellis);
        Step = step;
        Lambda = lambda;
        Biases = biases;
        Weights = new float[biases.Length * biases.Length];
        Centroids = new double[trellis.Quantizers * Levels];
        if (rule is not null)
            Grid = new GridDraft(rule, biases.Length);
    }

    /// <summary>K: the number of latents.</summary>
    public int Latents { get; }

    /// <summary>Selects each latent's quantizer.</summary>
    public Trellis Trellis => Rows.Trellis;

    /// <summary>C: the number of coded latents.</summary>
    public int Coded => Biases.Length;

    /// <summary>Δ, in the unit of 8-bit samples.</summary>
    public double Step { get; set; }

    /// <summary>The weight of a bit against squared error, in units of Δ².</summary>
    public double Lambda { get; }

    /// <summary>[C]: the scale of each latent if all symbols before it are zero.</summary>
    public float[] Biases { get; set; }

    /// <summary>[C, C]: row j holds the weights of latent j's activation on the scales of the latents after it; zero elsewhere.</summary>
    public float[] Weights { get; set; }

    /// <summary>The probabilities of magnitudes at each scale.</summary>
    public ScaleRows Rows { get; set; }

    /// <summary>The rows where no symbols are counted: Laplacian ones, or those of the model that a training starts from.</summary>
    public ScaleRows Start { get; private init; }

    /// <summary>The symbols of each row that <see cref="Start"/> counts for.</summary>
    public double StartWeight { get; private init; } = ScaleRows.LaplacianWeight;

    /// <summary>[quantizers, levels]: the offset that dequantization adds to the point of magnitude 1, 2, …, in steps.</summary>
    public double[] Centroids { get; set; }

    /// <summary>The further parts of a grid model's draft; null for a fixed-size model.</summary>
    public GridDraft? Grid { get; private init; }

    /// <summary>The manifest's entry.</summary>
    public QualityEntry Entry => new((float)Step, (float)Lambda);

    /// <summary>Returns the activation of a magnitude: a symbol adds activation × weight to an accumulator.</summary>
    public static byte Activation(int magnitude) => magnitude == 0 ? (byte)0 : Activations[Math.Min(magnitude, Activations.Length) - 1];

    /// <summary>Computes biases for latents that are coded without context.</summary>
    /// <param name="variances">The variances of the latents.</param>
    /// <param name="step">Δ, the quantizer's step.</param>
    /// <param name="coded">C: the number of coded latents.</param>
    public static float[] StaticBiases(ReadOnlySpan<float> variances, double step, int coded)
    {
        var biases = new float[coded];
        for (int i = 0; i < coded; i++)
            biases[i] = (float)ScaleRows.ScaleOf(Math.Sqrt(variances[i]) / step);
        return biases;
    }

    /// <summary>
    /// Creates a draft from this one, for another step: the same weights and rows, biases moved by the ratio of the steps.
    /// </summary>
    public QualityDraft At(double step)
    {
        float moved = (float)(ScaleRows.ScaleOf(Step / step) - ScaleRows.ScaleOf(1));
        return new QualityDraft(Latents, Trellis, step, Lambda, [.. Biases.Select(bias => bias + moved)])
        {
            Weights = Weights,
            Rows = Rows,
            Centroids = Centroids,
            Grid = Grid?.WithoutCounts(),
        };
    }

    /// <summary>Takes the weights between latents from another draft of as many coded latents.</summary>
    public void ShareWeights(QualityDraft other)
    {
        Weights = other.Weights;
        (Grid!.Spread, Grid.Divided) = (other.Grid!.Spread, other.Grid.Divided);
    }

    /// <summary>Makes a prior from qualities, rounded to integers.</summary>
    /// <param name="qualities">One or more, of one model.</param>
    public static Prior ToPrior(params IReadOnlyList<QualityDraft> qualities) =>
        new(
            new PriorTables(
                qualities[0].Latents,
                qualities[0].Trellis,
                ScaleRows.Scales,
                ScaleRows.Decisions,
                Shift,
                Activations,
                [.. qualities.Select(quality => quality.Round())],
                qualities[0].Grid?.Rule
            )
        );

    private PriorQuality Round()
    {
        // The shift rounds down; half a scale added makes it round to the nearest.
        int[] biases = [.. Biases.Select(bias => (int)MathF.Round((bias + 0.5f) * (1 << Shift)))];
        sbyte[] centroids = [.. Centroids.Select(RoundCentroid)];
        sbyte[] weights = Triangle(Weights, Coded);
        bool weighted = !weights.All(weight => weight == 0);
        return new PriorQuality(Coded, biases, weighted ? weights : [], Rows.ToContinue(), centroids, Grid?.Round(weighted, Step));
    }

    /// <summary>Rounds the weights of each latent on the latents after it, in the layout of a prior.</summary>
    /// <param name="weights">[C, C].</param>
    /// <param name="coded">C: the number of coded latents.</param>
    public static sbyte[] Triangle(float[] weights, int coded)
    {
        var triangle = new sbyte[coded * (coded - 1) / 2];
        int w = 0;
        for (int j = 0; j < coded; j++)
        {
            for (int i = j + 1; i < coded; i++)
                triangle[w++] = RoundWeight(weights[j * coded + i]);
        }

        return triangle;
    }

    /// <summary>Rounds a weight to the unit of a prior.</summary>
    public static sbyte RoundWeight(float weight) => (sbyte)Math.Clamp(MathF.Round(weight * (1 << Shift)), sbyte.MinValue, sbyte.MaxValue);

    private static sbyte RoundCentroid(double centroid) => (sbyte)Math.Clamp(Math.Round(centroid * 256), sbyte.MinValue, sbyte.MaxValue);
}
