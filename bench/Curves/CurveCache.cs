using System.Text.Json;
using System.Text.Json.Serialization;
using Codec.Images;
using Codec.Measurement;

namespace Codec.Bench.Curves;

/// <summary>
/// Keeps the measurements of peers in a folder, so that a later run into the same output measures our codec only. Delete the folder to
/// measure them again.
/// </summary>
/// <param name="folder">The folder; created when it is needed.</param>
internal sealed class CurveCache(string folder)
{
    private static readonly JsonSerializerOptions Json = new() { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    /// <summary>Measures a peer, or reads its measurements of an earlier run.</summary>
    /// <param name="set">The name of the set of images; the file is named after it, the peer and the judgement.</param>
    /// <inheritdoc cref="CodecCurve.Measure"/>
    /// <param name="codec">The peer.</param>
    /// <param name="images">The images.</param>
    /// <param name="judgement">What to measure besides bytes and PSNR.</param>
    /// <param name="cancellationToken">Cancels between two points.</param>
    public CodecCurve Measure(
        string set,
        IImageCodec codec,
        IReadOnlyList<Raster> images,
        Judgement judgement,
        CancellationToken cancellationToken
    )
    {
        string name = $"{set} {codec.Name} {judgement}".Replace(' ', '-').Replace(':', '-').Replace(',', '-');
        string path = Path.Combine(folder, name + ".json");
        if (File.Exists(path) && JsonSerializer.Deserialize<RatePoint[]>(File.ReadAllBytes(path), Json) is { } kept && Fits(kept))
            return new CodecCurve(codec, kept);

        CodecCurve curve = CodecCurve.Measure(codec, images, judgement, cancellationToken);
        Directory.CreateDirectory(folder);
        File.WriteAllBytes(path, JsonSerializer.SerializeToUtf8Bytes(curve.Points, Json));
        return curve;

        bool Fits(RatePoint[] points) =>
            points.Select(point => point.Quality).SequenceEqual(codec.Qualities) && points.All(point => point.Images.Count == images.Count);
    }
}
