using Codec.Entropy;
using Codec.Models;

namespace Codec.Trainer.Priors;

/// <summary>Reads the drafts of a published grid model, so that a training can start from them.</summary>
internal sealed partial class QualityDraft
{
    // The symbols of each row that a published model's rows count for: it has counted millions, but of other images.
    private const double PublishedWeight = 400;

    /// <summary>Whether a prior has the sizes and activations that this trainer writes.</summary>
    public static bool CanRead(PriorTables tables) =>
        tables.Grid is not null
        && (tables.Scales, tables.Decisions, tables.Shift) == (ScaleRows.Scales, ScaleRows.Decisions, Shift)
        && tables.Activations.AsSpan().SequenceEqual(Activations)
        && tables.Trellis.Transitions.SequenceEqual(Trellis.EightStates.Transitions)
        && tables.Trellis.StateQuantizers.SequenceEqual(Trellis.EightStates.StateQuantizers)
        && tables.Qualities.All(quality => quality.Centroids.Length == tables.Trellis.Quantizers * Levels);

    /// <summary>Reads one quality.</summary>
    /// <param name="tables">The tables of a prior that <see cref="CanRead"/> accepts.</param>
    /// <param name="quality">Index of the quality.</param>
    /// <param name="entry">The manifest's entry of the quality.</param>
    public static QualityDraft Of(PriorTables tables, int quality, QualityEntry entry)
    {
        PriorQuality stored = tables.Qualities[quality];
        int coded = stored.Coded;
        ScaleRows rows = ScaleRows.Of(Trellis.EightStates, stored.Continue);
        return new QualityDraft(
            tables.Latents,
            Trellis.EightStates,
            entry.Step,
            entry.Lambda,
            [.. stored.Biases.Select(bias => (float)bias / (1 << Shift) - 0.5f)]
        )
        {
            Weights = Square(stored.Weights, coded),
            Rows = rows,
            Start = rows,
            StartWeight = PublishedWeight,
            Centroids = [.. stored.Centroids.Select(centroid => centroid / 256.0)],
            Grid = GridDraft.Of(tables.Grid!, coded, stored.Grid!),
        };
    }

    /// <summary>Converts weights of a prior to numbers.</summary>
    public static float[] Weigh(sbyte[] weights) => [.. weights.Select(weight => (float)weight / (1 << Shift))];

    /// <summary>Converts the triangle of a prior, or none, to the layout of a draft: [C, C].</summary>
    public static float[] Square(sbyte[] triangle, int coded)
    {
        var square = new float[coded * coded];
        if (triangle.Length == 0)
            return square;
        int w = 0;
        for (int j = 0; j < coded; j++)
        {
            for (int i = j + 1; i < coded; i++)
                square[j * coded + i] = (float)triangle[w++] / (1 << Shift);
        }

        return square;
    }
}
