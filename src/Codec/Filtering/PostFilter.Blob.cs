using System.Runtime.InteropServices;
using Codec.Binary;
using Codec.Errors;
using Codec.Models;

namespace Codec.Filtering;

internal sealed partial class PostFilter
{
    private const byte OrthonormalVersion = 1,
        AnalysisVersion = 2,
        SizedVersion = 3;

    private static ReadOnlySpan<byte> Magic => "CFLT"u8;

    /// <summary>Reads a filter's blob.</summary>
    /// <exception cref="InvalidModelException">It is malformed, or a value is outside its range.</exception>
    public static PostFilter Parse(ReadOnlySpan<byte> blob)
    {
        Require(blob.StartsWith(Magic), "the blob does not begin with CFLT");
        var reader = new BlobReader("filter", blob[Magic.Length..]);
        byte[] sizes = reader.TakeBytes(4);
        (int version, int qualities, int planes, int nodes) = (sizes[0], sizes[1], sizes[2], sizes[3]);
        Require(
            version is >= OrthonormalVersion and <= SizedVersion,
            $"version {version} is unknown; {OrthonormalVersion} to {SizedVersion} are supported"
        );
        float[] colours = reader.TakeSingles(planes * planes);
        float[]? analysis = version == OrthonormalVersion ? null : reader.TakeSingles(planes * planes);
        float[] activities = reader.TakeSingles(nodes);
        var taps = new FilterTap[planes][];
        for (int plane = 0; plane < planes; plane++)
            taps[plane] = MemoryMarshal.Cast<sbyte, FilterTap>(reader.TakeSBytes(2 * reader.TakeBytes(1)[0])).ToArray();
        int weights = nodes * Directions * 2 * taps.Sum(plane => plane.Length);
        var entries = new FilterQuality[qualities];
        for (int q = 0; q < qualities; q++)
        {
            (uint pixels, float contrast) =
                version == SizedVersion
                    ? (reader.TakeUInt32(), reader.TakeSingles(1)[0])
                    : (FilterQuality.AnySize, FilterQuality.NoContrast);
            entries[q] = new FilterQuality(reader.TakeSingles(1)[0], reader.TakeSingles(planes), reader.TakeSingles(weights))
            {
                Pixels = pixels,
                Contrast = contrast,
            };
        }

        Require(reader.AtEnd, "bytes follow the last table");
        return new PostFilter(new FilterTables(colours, analysis, activities, taps, entries));
    }

    /// <summary>The version of the filter's blob: the lowest that has what it uses.</summary>
    public int Version =>
        Tables.IsSized ? SizedVersion
        : Tables.Analysis is null ? OrthonormalVersion
        : AnalysisVersion;

    /// <summary>The first format of a manifest that may have the filter.</summary>
    public int LeastFormat =>
        Version switch
        {
            OrthonormalVersion => 1,
            AnalysisVersion => ModelManifest.SteppedFormat,
            _ => ModelManifest.SizedFilterFormat,
        };

    /// <summary>Writes the filter's blob.</summary>
    public byte[] ToBlob()
    {
        int version = Version;
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write(Magic);
        writer.Write((byte)version);
        writer.Write((byte)Tables.Qualities.Length);
        writer.Write((byte)Tables.Planes);
        writer.Write((byte)Tables.Nodes.Length);
        Write(writer, Tables.Colours);
        Write(writer, Tables.Analysis ?? []);
        Write(writer, Tables.Nodes);
        foreach (FilterTap[] taps in Tables.Taps)
        {
            writer.Write((byte)taps.Length);
            writer.Write(MemoryMarshal.AsBytes<FilterTap>(taps));
        }

        foreach (FilterQuality quality in Tables.Qualities)
        {
            if (version == SizedVersion)
            {
                writer.Write(quality.Pixels);
                writer.Write(quality.Contrast);
            }

            writer.Write(quality.Unit);
            Write(writer, quality.Clips);
            Write(writer, quality.Weights);
        }

        writer.Flush();
        return stream.ToArray();
    }

    private static void Write(BinaryWriter writer, float[] values)
    {
        foreach (float value in values)
            writer.Write(value);
    }
}
