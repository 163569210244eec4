using System.Runtime.InteropServices;
using Codec.Entropy;

namespace Codec.Trainer.Priors;

/// <summary>
/// Stores drafts in a checkpoint, exactly, so that a resumed run gives the same model as an uninterrupted one.
/// </summary>
internal sealed partial class QualityDraft
{
    /// <summary>Writes drafts.</summary>
    public static void WriteAll(Stream stream, IReadOnlyCollection<QualityDraft> drafts)
    {
        using var writer = new BinaryWriter(stream, System.Text.Encoding.UTF8, leaveOpen: true);
        writer.Write(drafts.Count);
        foreach (QualityDraft draft in drafts)
            draft.Write(writer);
    }

    /// <summary>Reads drafts.</summary>
    /// <param name="stream">The bytes that <see cref="WriteAll"/> wrote.</param>
    /// <param name="latents">K: the number of latents of their model.</param>
    /// <param name="rule">The rule of a grid model; null for a fixed-size model.</param>
    /// <exception cref="InvalidDataException">The stream is cut off.</exception>
    public static IReadOnlyList<QualityDraft> ReadAll(Stream stream, int latents, GridRule? rule)
    {
        try
        {
            using var reader = new BinaryReader(stream, System.Text.Encoding.UTF8, leaveOpen: true);
            return [.. Enumerable.Range(0, reader.ReadInt32()).Select(_ => Read(reader, latents, rule))];
        }
        catch (EndOfStreamException exception)
        {
            throw new InvalidDataException("the qualities are cut off.", exception);
        }
    }

    private void Write(BinaryWriter writer)
    {
        writer.Write(Step);
        writer.Write(Lambda);
        Write<float>(writer, Biases);
        Write<float>(writer, Weights);
        Write<double>(writer, Centroids);
        writer.Write(Rows.Rows.Length);
        foreach (double[] row in Rows.Rows)
            Write<double>(writer, row);
        if (Grid is not { } grid)
            return;
        Write<float>(writer, grid.Neighbours);
        Write<float>(writer, grid.Spread);
        Write<float>(writer, grid.Divided);
        Write<double>(writer, grid.Extents);
        Write<float>(writer, grid.Offsets);
        Write<float>(writer, grid.LevelOffsets);
        Write<double>(writer, grid.Transforms);
        Write<double>(writer, grid.Signs);
    }

    private static QualityDraft Read(BinaryReader reader, int latents, GridRule? rule)
    {
        (double step, double lambda) = (reader.ReadDouble(), reader.ReadDouble());
        var draft = new QualityDraft(latents, Trellis.EightStates, step, lambda, Read<float>(reader), rule)
        {
            Weights = Read<float>(reader),
            Centroids = Read<double>(reader),
            Rows = new ScaleRows(Trellis.EightStates, [.. Enumerable.Range(0, reader.ReadInt32()).Select(_ => Read<double>(reader))]),
        };
        if (draft.Grid is not { } grid)
            return draft;
        grid.Neighbours = Read<float>(reader);
        grid.Spread = Read<float>(reader);
        grid.Divided = Read<float>(reader);
        grid.Extents = Read<double>(reader);
        grid.Offsets = Read<float>(reader);
        grid.LevelOffsets = Read<float>(reader);
        grid.Transforms = Read<double>(reader);
        grid.Signs = Read<double>(reader);
        return draft;
    }

    private static void Write<T>(BinaryWriter writer, T[] values)
        where T : unmanaged
    {
        writer.Write(values.Length);
        writer.Write(MemoryMarshal.AsBytes<T>(values));
    }

    private static T[] Read<T>(BinaryReader reader)
        where T : unmanaged
    {
        var values = new T[reader.ReadInt32()];
        reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }
}
