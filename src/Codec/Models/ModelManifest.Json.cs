using System.Text.Json;
using System.Text.Json.Serialization;
using Codec.Errors;
using Codec.Images;

namespace Codec.Models;

public sealed partial record ModelManifest
{
    /// <summary>Parses a manifest and checks every bound that needs no blob.</summary>
    /// <param name="json">The manifest's bytes: UTF-8 JSON.</param>
    /// <exception cref="InvalidModelException">It is not JSON of this shape, or a value is outside its range.</exception>
    public static ModelManifest Parse(ReadOnlySpan<byte> json)
    {
        if (json.Length > ModelLimits.MaxManifestBytes)
        {
            throw new InvalidModelException(
                "manifest",
                $"{json.Length} bytes are too many; at most {ModelLimits.MaxManifestBytes} are allowed."
            );
        }

        ModelManifest manifest;
        try
        {
            manifest = JsonSerializer.Deserialize(json, ManifestJson.Default.ModelManifest) ?? throw new JsonException("it is null.");
        }
        catch (Exception exception) when (exception is JsonException or NotSupportedException or FormatException)
        {
            throw new InvalidModelException(
                "manifest",
                $"it is not the JSON that docs/format.md describes: {exception.Message}",
                exception
            );
        }

        manifest.Validate();
        return manifest;
    }

    /// <summary>Writes the manifest as it is published: UTF-8 JSON, indented. The same manifest gives the same bytes.</summary>
    /// <exception cref="InvalidModelException">A value is outside its range.</exception>
    public byte[] ToJson()
    {
        Validate();
        return JsonSerializer.SerializeToUtf8Bytes(this, ManifestJson.Default.ModelManifest);
    }

    private void Validate()
    {
        Require(
            Format is >= 1 and <= CurrentFormat,
            "format",
            $"{Format} is unknown; this reader supports 1 to {CurrentFormat}. The publisher may be newer"
        );
        Require(
            ModelLimits.IsName(Name),
            "name",
            $"'{Shorten(Name)}' is not 1 to 64 of a-z, 0-9, '-', '.', beginning with a letter or digit"
        );
        Validate(Input, "input");
        Require(Latents is >= 1 and <= ModelLimits.MaxLatents, "latents", $"{Latents} is outside 1..{ModelLimits.MaxLatents}");
        Require(
            Qualities.Count is >= 1 and <= ModelLimits.MaxQualities,
            "qualities",
            $"{Qualities.Count} entries; 1 to {ModelLimits.MaxQualities} are allowed"
        );
        for (int i = 0; i < Qualities.Count; i++)
        {
            Require(Qualities[i] is not null, $"qualities[{i}]", "it is null");
            Require(
                float.IsFinite(Qualities[i].Step) && Qualities[i].Step > 0,
                $"qualities[{i}].step",
                $"{Qualities[i].Step} is not a finite number above 0"
            );
            Require(
                float.IsFinite(Qualities[i].Lambda) && Qualities[i].Lambda >= 0,
                $"qualities[{i}].lambda",
                $"{Qualities[i].Lambda} is not a finite number of 0 or more"
            );
        }

        Require(Heads.Count is >= 1 and <= ModelLimits.MaxHeads, "heads", $"{Heads.Count} heads; 1 to {ModelLimits.MaxHeads} are allowed");
        for (int i = 0; i < Heads.Count; i++)
        {
            Require(Heads[i] is not null, $"heads[{i}]", "it is null");
            Require(
                ModelLimits.IsName(Heads[i].Name),
                $"heads[{i}].name",
                $"'{Shorten(Heads[i].Name)}' is not a name: 1 to 64 of a-z, 0-9, '-', '.'"
            );
            Validate(Heads[i].Graph, $"heads[{i}].graph");
            Validate(Heads[i].Output, $"heads[{i}].output");
            if (Heads[i].Filter is not { } filter)
                continue;
            Validate(filter, $"heads[{i}].filter");
            Require(Grid is not null, $"heads[{i}].filter", "only the heads of a grid model may have one");
        }

        Require(Heads.Select(head => head.Name).Distinct().Count() == Heads.Count, "heads", "two heads have the same name");
        Require(Heads.Any(head => head.Name == ImageHead), "heads", $"none is called '{ImageHead}'");
        Validate(Encoder, "encoder");
        Validate(Prior, "prior");
        Validate(Golden.Image, "golden.image");
        if (Grid is not null)
            ValidateGrid(Grid);
        long goldenSamples = GoldenSize.Pixels * Input.Channels;
        Require(
            Golden.Image.Size == goldenSamples,
            "golden.image.size",
            $"{Golden.Image.Size} is not {GoldenSize}×{Input.Channels} = {goldenSamples} samples"
        );
        Require(
            Golden.Quality >= 0 && Golden.Quality < Qualities.Count,
            "golden.quality",
            $"{Golden.Quality} is outside 0..{Qualities.Count - 1}"
        );
        Require(Blobs.Select(blob => blob.Digest).Distinct().Count() == Blobs.Count(), "blobs", "one digest is listed with two sizes");
    }

    private void ValidateGrid(GridEntry grid)
    {
        foreach (int side in new[] { Input.Width, Input.Height })
        {
            int least = Math.Max(ModelLimits.MinStride, (side + 1) / 2);
            Require(
                grid.Stride >= least && grid.Stride <= side && (side - grid.Stride) % 2 == 0,
                "grid.stride",
                $"{grid.Stride} is outside {least}..{side} for windows of {Input.Size}, or differs from a side by an odd number"
            );
        }

        Require(
            grid.Transforms is >= 1 and <= ModelLimits.MaxTransforms,
            "grid.transforms",
            $"{grid.Transforms} is outside 1..{ModelLimits.MaxTransforms}"
        );
        for (int i = 0; i < Heads.Count; i++)
            Require(Heads[i].Output.Size == Input.Size, $"heads[{i}].output", $"{Heads[i].Output.Size} is not the window's {Input.Size}");
        if (grid.Palette)
        {
            Require(Format >= PaletteFormat, "grid.palette", $"palette codes need format {PaletteFormat}; the manifest's is {Format}");
            Require(
                Heads.Count == 1 && Heads[0].Output.Channels == Input.Channels,
                "grid.palette",
                "palette codes need exactly one head, with the channels of the input"
            );
        }

        Require(
            Format >= StretchedFormat || !grid.Stretch,
            "grid.stretch",
            $"stretched axes need format {StretchedFormat}; the manifest's is {Format}"
        );
        if (grid.Slices is { } slices)
        {
            Require(Format >= SlicedFormat, "grid.slices", $"slices need format {SlicedFormat}; the manifest's is {Format}");
            Require(slices.Pixels >= 0, "grid.slices.pixels", $"{slices.Pixels} is below 0");
            Require(
                slices.Rows is >= ModelLimits.MinSliceRows and <= ModelLimits.MaxImageSide,
                "grid.slices.rows",
                $"{slices.Rows} is outside {ModelLimits.MinSliceRows}..{ModelLimits.MaxImageSide}"
            );
        }

        try
        {
            Require(
                GoldenSize is { Width: <= ModelLimits.MaxSide, Height: <= ModelLimits.MaxSide },
                "golden.code",
                $"an image of {GoldenSize} is larger than {ModelLimits.MaxSide} a side"
            );
        }
        catch (InvalidCodeException exception)
        {
            throw new InvalidModelException("golden.code", $"it does not state the size of its image: {exception.Message}", exception);
        }
    }

    private static void Validate(ImageGeometry geometry, string field)
    {
        Require(
            geometry.Width is >= 1 and <= ModelLimits.MaxSide,
            $"{field}.width",
            $"{geometry.Width} is outside 1..{ModelLimits.MaxSide}"
        );
        Require(
            geometry.Height is >= 1 and <= ModelLimits.MaxSide,
            $"{field}.height",
            $"{geometry.Height} is outside 1..{ModelLimits.MaxSide}"
        );
        Require(geometry.Channels is 1 or 3, $"{field}.channels", $"{geometry.Channels} is neither 1 nor 3");
        Require(
            float.IsFinite(geometry.Scale) && geometry.Scale != 0,
            $"{field}.scale",
            $"{geometry.Scale} is not a finite number other than 0"
        );
        Require(float.IsFinite(geometry.Offset), $"{field}.offset", $"{geometry.Offset} is not finite");
    }

    private static void Validate(BlobEntry blob, string field) =>
        Require(
            blob.Size is >= 1 and <= ModelLimits.MaxBlobBytes,
            $"{field}.size",
            $"{blob.Size} is outside 1..{ModelLimits.MaxBlobBytes}"
        );

    private static void Require(bool condition, string field, string message)
    {
        if (!condition)
            throw new InvalidModelException(field, message + ".");
    }

    private static string Shorten(string text) => text.Length <= 80 ? text : text[..80] + "…";

    [JsonSourceGenerationOptions(
        AllowDuplicateProperties = false,
        Converters = [typeof(DigestJsonConverter)],
        MaxDepth = 16,
        PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        WriteIndented = true
    )]
    [JsonSerializable(typeof(ModelManifest))]
    private sealed partial class ManifestJson : JsonSerializerContext;

    private sealed class DigestJsonConverter : JsonConverter<Digest>
    {
        public override Digest Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.String && Digest.TryParse(reader.GetString(), out Digest digest)
                ? digest
                : throw new JsonException("a digest is 64 lower-case hexadecimal digits.");

        public override void Write(Utf8JsonWriter writer, Digest value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.Hex);
    }
}
