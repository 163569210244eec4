using Codec.Images;
using Codec.Models;
using Codec.Trainer.Display;
using Codec.Trainer.Evaluation;

namespace Codec.Trainer.Photos;

/// <summary>Judges a trained model of photographs on images that it has not seen.</summary>
internal static class PhotosJudge
{
    // Photographs that judge; more would not change the order of qualities.
    private const int Judges = 12;

    /// <summary>Makes the model of the qualities at which more bytes give better photographs.</summary>
    /// <exception cref="ArgumentException">Fewer than two such qualities are left.</exception>
    public static ModelPackage KeepRising(
        TrainedGrid trained,
        string name,
        IReadOnlyList<Raster> validation,
        IReadOnlyDictionary<string, string> card,
        StageDisplay display,
        CancellationToken cancellationToken
    )
    {
        Raster[] judges = [.. validation.Where((_, i) => i % Math.Max(1, validation.Count / Judges) == 0).Take(Judges)];
        ModelPackage package = trained.ToModel(name, card);
        if (judges.Length == 0)
            return package;
        using CodecModel model = CodecModel.Load(package);
        IReadOnlyList<QualityFigures> figures = QualityFigures.Measure(model, judges, cancellationToken);
        if (QualityFigures.Fault(figures) is not { } fault)
            return package;
        IReadOnlyList<int> rising = QualityFigures.Rising(figures);
        if (rising.Count < 2)
            throw new ArgumentException($"More bytes do not give better photographs: {fault}. Train on more photographs.");
        display.Line(
            $"{figures.Count - rising.Count} of {figures.Count} qualities are left out, for more bytes must give better photographs: {fault}."
        );
        return trained.Keep(rising).ToModel(name, card);
    }
}
