using Codec.Entropy;
using Codec.Models;

namespace Codec.Trainer.Priors;

/// <summary>
/// One quality of a prior while it is being fitted: real numbers, rounded to integers only when a <see cref="Prior"/> is made of them.
/// </summary>
internal sealed class QualityDraft
{
    /// <summary>An accumulator's fraction bits: a weight of 1 moves the scale by one for each unit of activation.</summary>
    public const int Shift = 5;

    /// <summary>Magnitudes whose points are restored to a centroid of their own; all larger ones share one.</summary>
    public const int Levels = 3;

    // What a magnitude adds, doubled logarithms: large ones say little more than middling ones.
    private static readonly byte[] Activations =
    [
        .. Enumerable.Range(1, 15).Select(m => (byte)Math.Min(8, Math.Round(2 * Math.Log2(1 + m)))),
    ];

    /// <summary>Begins a draft, without contexts.</summary>
    public QualityDraft(Trellis trellis, double step, double lambda, float[] biases)
    {
        Rows = ScaleRows.Laplacian(trellis);
        Step = step;
        Lambda = lambda;
        Biases = biases;
        Weights = new float[biases.Length * biases.Length];
        Centroids = new double[trellis.Quantizers * Levels];
    }

    /// <summary>Which quantizer each latent meets.</summary>
    public Trellis Trellis => Rows.Trellis;

    /// <summary>C: how many latents are coded.</summary>
    public int Coded => Biases.Length;

    /// <summary>Δ, in the unit of 8-bit samples.</summary>
    public double Step { get; set; }

    /// <summary>Weight of a bit against squared error, in units of Δ².</summary>
    public double Lambda { get; }

    /// <summary>[C]: the scale of each latent where all before it are zero.</summary>
    public float[] Biases { get; set; }

    /// <summary>[C, C]: row j holds what the activation of latent j adds to the scales of those behind it; zero elsewhere.</summary>
    public float[] Weights { get; set; }

    /// <summary>How magnitudes are spread.</summary>
    public ScaleRows Rows { get; set; }

    /// <summary>[quantizers, levels]: what is added to a point of magnitude 1, 2, … when it is restored, in steps.</summary>
    public double[] Centroids { get; set; }

    /// <summary>The manifest's entry.</summary>
    public QualityEntry Entry => new((float)Step, (float)Lambda);

    /// <summary>What a magnitude adds to accumulators, times the weight.</summary>
    public static byte Activation(int magnitude) => magnitude == 0 ? (byte)0 : Activations[Math.Min(magnitude, Activations.Length) - 1];

    /// <summary>A prior of some qualities, rounded.</summary>
    /// <param name="latents">K, of all qualities together.</param>
    /// <param name="qualities">One or more, over one trellis.</param>
    public static Prior ToPrior(int latents, params IReadOnlyList<QualityDraft> qualities) =>
        new(
            new PriorTables(
                latents,
                qualities[0].Trellis,
                ScaleRows.Scales,
                ScaleRows.Decisions,
                Shift,
                Activations,
                [.. qualities.Select(quality => quality.Round())]
            )
        );

    private PriorQuality Round()
    {
        // Half a scale is added, so that the shift rounds.
        int[] biases = [.. Biases.Select(bias => (int)MathF.Round((bias + 0.5f) * (1 << Shift)))];
        sbyte[] centroids = [.. Centroids.Select(RoundCentroid)];
        sbyte[] weights = Triangle(Weights, Coded);
        return new PriorQuality(Coded, biases, weights.All(weight => weight == 0) ? [] : weights, Rows.ToContinue(), centroids);
    }

    /// <summary>The weights of each latent on those behind it, as a prior holds them.</summary>
    /// <param name="weights">[C, C].</param>
    /// <param name="coded">C.</param>
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

    /// <summary>A weight as a prior holds it.</summary>
    public static sbyte RoundWeight(float weight) => (sbyte)Math.Clamp(MathF.Round(weight * (1 << Shift)), sbyte.MinValue, sbyte.MaxValue);

    private static sbyte RoundCentroid(double centroid) => (sbyte)Math.Clamp(Math.Round(centroid * 256), sbyte.MinValue, sbyte.MaxValue);
}
