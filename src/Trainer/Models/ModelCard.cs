using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using Codec.Datasets;
using Codec.Models;
using Codec.Trainer.Evaluation;
using Codec.Trainer.Photos;

namespace Codec.Trainer.Models;

/// <summary>
/// The card of a model: what it was trained on, under which terms, how its images were divided, and what it was measured to do. It is the
/// manifest's provenance.
/// </summary>
internal static partial class ModelCard
{
    /// <summary>The key of the rule by which images were held out (<see cref="SplitRule"/>).</summary>
    public const string Split = "split";

    /// <summary>The key of the digest of the held-out images.</summary>
    public const string HeldOut = "held-out digest";

    /// <summary>The key of the digest of all images and their division.</summary>
    public const string Data = "data digest";

    /// <summary>The key of the seed.</summary>
    public const string Seed = "seed";

    /// <summary>The key of the model at whose tables the training started.</summary>
    public const string Start = "start";

    private const string DataSet = "data set";
    private const string License = "licence of the data";
    private const string Metrics = "held-out images, quality ";

    /// <summary>The card of a model of a data set.</summary>
    /// <param name="data">Its data set.</param>
    /// <param name="seed">The seed of its training.</param>
    /// <param name="kind">The kind of model: "transform" or "network".</param>
    /// <param name="description">The transform or network, in a few words.</param>
    public static Dictionary<string, string> Of(Dataset data, int seed, string kind, string description)
    {
        Dictionary<string, string> card = Of(data.Name, data.License, data.Train.Count, seed, kind, description);
        card[Split] = $"{data.Rule}";
        card[Data] = data.Digest.Hex;
        card[HeldOut] = data.Test.Digest.Hex;
        card["intended use"] = string.Create(
            CultureInfo.InvariantCulture,
            $"images of {data.Train.Width}×{data.Train.Height} like those of the data set, as far as its licence allows"
        );
        return card;
    }

    /// <summary>The card of a model of photographs.</summary>
    /// <param name="data">Its photographs.</param>
    /// <param name="seed">The seed of its training.</param>
    /// <param name="start">The model at whose tables the training started; null for none.</param>
    public static Dictionary<string, string> Of(PhotoSet data, int seed, ModelPackage? start = null)
    {
        Dictionary<string, string> card = Of(
            data.Name,
            data.License,
            data.Photos.Count,
            seed,
            "transform",
            "lapped, 16 over 32, blocks in 1, 2 or 4 parts each way, over measured colours"
        );
        if (start is not null)
        {
            card[Start] = $"{start.Manifest.Name}@sha256:{start.Version.Hex}";
            foreach (string key in new[] { DataSet, License })
            {
                if (start.Manifest.Provenance.TryGetValue(key, out string? text))
                    card[$"{key}, start"] = text;
            }
        }

        card[Data] = data.Digest.Hex;
        if (data.Rule is { } rule)
            card[Split] = $"{rule}";
        if (data.TestDigest is { } held)
            card[HeldOut] = held.Hex;
        card["intended use"] = "photographs of any size like those of the data set, as far as its licence allows";
        return card;
    }

    /// <inheritdoc cref="Of(Dataset, int, string, string)"/>
    /// <param name="name">The name of the data set.</param>
    /// <param name="license">Its licence.</param>
    /// <param name="images">The number of training images.</param>
    /// <param name="seed">The seed of the training.</param>
    /// <param name="kind">The kind of model: "transform" or "network".</param>
    /// <param name="description">The transform or network, in a few words.</param>
    private static Dictionary<string, string> Of(string name, string license, int images, int seed, string kind, string description) =>
        new()
        {
            [DataSet] = name,
            [License] = license,
            ["training images"] = $"{images}",
            [Seed] = $"{seed}",
            ["trainer"] = Version,
            [kind] = description,
        };

    /// <summary>Version and git revision of this program.</summary>
    public static string Version { get; } =
        typeof(ModelCard).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    /// <summary>The figures on a model's card, by quality; none if it has none.</summary>
    public static IReadOnlyList<QualityFigures> Figures(ModelManifest manifest)
    {
        var figures = new List<QualityFigures>();
        while (
            manifest.Provenance.TryGetValue($"{Metrics}{figures.Count}", out string? text) && Point().Match(text) is { Success: true } point
        )
        {
            figures.Add(
                new QualityFigures(
                    figures.Count,
                    double.Parse(point.Groups[1].Value, CultureInfo.InvariantCulture),
                    double.Parse(point.Groups[2].Value, CultureInfo.InvariantCulture)
                )
            );
        }

        return figures;
    }

    [GeneratedRegex(@"^([0-9.]+) bytes and ([0-9.]+) dB", RegexOptions.CultureInvariant)]
    private static partial Regex Point();

    /// <summary>A package with figures of held-out images on its card.</summary>
    public static ModelPackage WithMetrics(ModelPackage package, IReadOnlyList<QualityFigures> figures, int images)
    {
        var card = new Dictionary<string, string>(package.Manifest.Provenance);
        foreach (QualityFigures point in figures)
            card[$"{Metrics}{point.Quality}"] = string.Create(CultureInfo.InvariantCulture, $"{point}, {images} images");
        ModelManifest manifest = package.Manifest with { Provenance = card };
        return new ModelPackage(manifest.ToJson(), package.Blobs);
    }
}
