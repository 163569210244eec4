using System.Globalization;
using Codec.Models;
using Codec.Trainer.Models;

namespace Codec.Trainer.Evaluation;

/// <summary>Decides whether a model may replace the version that an alias points to.</summary>
/// <param name="candidate">The model to publish.</param>
/// <param name="live">The version that it would replace; null for the first.</param>
internal sealed class PublishingGate(ModelManifest candidate, ModelManifest? live)
{
    // Trainings differ by less from seed to seed.
    private const double MostMoreBytes = 0.01;

    /// <summary>The reasons against it; none if it may be published.</summary>
    public IReadOnlyList<string> Reasons()
    {
        var reasons = new List<string>();
        IReadOnlyList<QualityFigures> figures = ModelCard.Figures(candidate);
        if (QualityFigures.Fault(figures) is { } fault)
            reasons.Add($"more bytes do not give better images: {fault}");
        if (live is null)
            return reasons;
        if (Shape(candidate) != Shape(live))
            reasons.Add($"it takes {Shape(candidate)}, the live version {Shape(live)}: producers would be refused");
        if (candidate.Qualities.Count < live.Qualities.Count)
        {
            reasons.Add(
                $"it has {candidate.Qualities.Count} qualities, the live version {live.Qualities.Count}: streams of a higher one would be refused"
            );
        }

        string[] lost = [.. live.Heads.Select(head => head.Name).Except(candidate.Heads.Select(head => head.Name))];
        if (lost.Length > 0)
            reasons.Add($"it lacks the heads {string.Join(", ", lost)} of the live version");
        if (MoreBytes() is { } more && more > MostMoreBytes)
        {
            reasons.Add(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"it takes {more:0.0 %} more bytes than the live version at the same PSNR on the recorded held-out images"
                )
            );
        }

        return reasons;
    }

    /// <summary>What could not be compared; null if everything was.</summary>
    public string? Unknown =>
        live is null || MoreBytes() is not null
            ? null
            : "The two versions were not measured on the same held-out images, so it is not known which is better.";

    /// <summary>The bytes more than the live version, as a part, at the same PSNR; null if the recorded figures do not say.</summary>
    private double? MoreBytes()
    {
        if (
            live is null
            || !candidate.Provenance.TryGetValue(ModelCard.HeldOut, out string? ours)
            || live.Provenance.GetValueOrDefault(ModelCard.HeldOut) != ours
        )
        {
            return null;
        }

        (double Bytes, double Decibels)[] old = [.. ModelCard.Figures(live).Select(point => (point.Bytes, point.Decibels))];
        (double Bytes, double Decibels)[] young = [.. ModelCard.Figures(candidate).Select(point => (point.Bytes, point.Decibels))];
        return RateLine.MoreBytes(old, young);
    }

    private static string Shape(ModelManifest manifest) =>
        manifest.Grid is null
            ? $"images of {manifest.Input.Width}×{manifest.Input.Height}×{manifest.Input.Channels}"
            : $"images of any size, {manifest.Input.Channels} channels";
}
