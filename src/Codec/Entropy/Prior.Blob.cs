using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Codec.Binary;
using Codec.Errors;
using Codec.Models;

namespace Codec.Entropy;

internal sealed partial class Prior
{
    private const int HeaderBytes = 13;
    private const byte BlobVersion = 1;
    private const byte GridBlobVersion = 2;
    private const byte SteppedBlobVersion = 3;
    private const byte ColouredBlobVersion = 4;

    // A quality has no weights, weights of its own, or those of the quality before it.
    private const byte NoWeights = 0,
        OwnWeights = 1,
        SharedWeights = 2;

    private static ReadOnlySpan<byte> Magic => "CPRI"u8;

    /// <summary>Reads a prior's blob.</summary>
    /// <exception cref="InvalidModelException">It is malformed, or a value is outside its range.</exception>
    public static Prior Parse(ReadOnlySpan<byte> blob)
    {
        Require(blob.Length >= HeaderBytes && blob.StartsWith(Magic), "the blob does not begin with CPRI");
        Require(
            blob[4] is >= BlobVersion and <= ColouredBlobVersion,
            $"version {blob[4]} is unknown; {BlobVersion} to {ColouredBlobVersion} are supported"
        );
        bool isGrid = blob[4] > BlobVersion;
        int qualities = blob[5];
        int latents = BinaryPrimitives.ReadUInt16LittleEndian(blob[6..]);
        int scales = blob[8] + 1;
        int decisions = blob[9];
        int shift = blob[10];
        int activations = blob[11];
        int states = blob[12];
        var reader = new BlobReader("prior", blob[HeaderBytes..]);
        var trellis = new Trellis(reader.TakeBytes(2 * states), reader.TakeBytes(states));
        byte[] activation = reader.TakeBytes(activations);
        GridRule? rule = isGrid ? ParseRule(ref reader, latents, blob[4] >= SteppedBlobVersion, blob[4] >= ColouredBlobVersion) : null;
        var entries = new PriorQuality[qualities];
        for (int q = 0; q < qualities; q++)
        {
            int coded = reader.TakeUInt16(1)[0];
            // Checked before it is squared below.
            Require(coded is >= 1 and <= ModelLimits.MaxLatents, $"{coded} latents coded; 1 to {ModelLimits.MaxLatents} are allowed");
            int weighted = reader.TakeBytes(1)[0];
            Require(
                weighted <= (isGrid && q > 0 ? SharedWeights : OwnWeights),
                $"quality {q}'s weights are of kind {weighted}; {NoWeights}, {OwnWeights} and, after the first quality of a grid, {SharedWeights} are allowed"
            );
            PriorQuality? before = weighted == SharedWeights ? entries[q - 1] : null;
            Require(
                before is null || before.Coded == coded,
                $"quality {q} shares the weights of the quality before it, which codes {before?.Coded} latents, not {coded}"
            );
            int levels = reader.TakeBytes(1)[0];
            int pairs = weighted == OwnWeights ? coded * (coded - 1) / 2 : 0;
            entries[q] = new PriorQuality(
                coded,
                reader.TakeInt32(coded),
                before?.Weights ?? reader.TakeSBytes(pairs),
                reader.TakeUInt16(trellis.States * scales * decisions),
                reader.TakeSBytes(trellis.Quantizers * levels),
                isGrid ? ParseGrid(ref reader, rule!, coded, before?.Grid, weighted == OwnWeights) : null
            );
        }

        Require(reader.AtEnd, "bytes follow the last table");
        return new Prior(new PriorTables(latents, trellis, scales, decisions, shift, activation, entries, rule));
    }

    /// <summary>Writes the prior's blob.</summary>
    public byte[] ToBlob()
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write(Magic);
        writer.Write(
            Tables.Grid is null ? BlobVersion
            : Tables.Grid.Steps is null ? GridBlobVersion
            : Tables.Grid.Colours is null ? SteppedBlobVersion
            : ColouredBlobVersion
        );
        writer.Write((byte)Tables.Qualities.Length);
        writer.Write((ushort)Tables.Latents);
        writer.Write((byte)(Tables.Scales - 1));
        writer.Write((byte)Tables.Decisions);
        writer.Write((byte)Tables.Shift);
        writer.Write((byte)Tables.Activations.Length);
        writer.Write((byte)Tables.Trellis.States);
        writer.Write(Tables.Trellis.Transitions);
        writer.Write(Tables.Trellis.StateQuantizers);
        writer.Write(Tables.Activations);
        if (Tables.Grid is { } rule)
            Write(writer, rule);
        PriorQuality? before = null;
        foreach (PriorQuality quality in Tables.Qualities)
        {
            bool shared = quality.Grid is not null && before is not null && SharesWeights(before, quality);
            writer.Write((ushort)quality.Coded);
            writer.Write(
                shared ? SharedWeights
                : quality.Weights.Length > 0 ? OwnWeights
                : NoWeights
            );
            writer.Write((byte)(quality.Centroids.Length / Tables.Trellis.Quantizers));
            foreach (int bias in quality.Biases)
                writer.Write(bias);
            if (!shared)
                writer.Write(MemoryMarshal.AsBytes<sbyte>(quality.Weights));
            foreach (ushort probability in quality.Continue)
                writer.Write(probability);
            writer.Write(MemoryMarshal.AsBytes<sbyte>(quality.Centroids));
            if (quality.Grid is { } grid)
                Write(writer, grid, shared);
            before = quality;
        }

        writer.Flush();
        return stream.ToArray();
    }
}
