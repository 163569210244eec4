using System.Runtime.InteropServices;
using Codec.Entropy;
using Codec.Trainer.Priors;

namespace Codec.Trainer.Photos;

/// <summary>Drafts in a checkpoint: exact, so that a run that was stopped ends as one that was not.</summary>
internal sealed partial class GridDraft
{
    /// <summary>Writes drafts.</summary>
    public static void WriteAll(Stream stream, IReadOnlyCollection<GridDraft> drafts)
    {
        using var writer = new BinaryWriter(stream, System.Text.Encoding.UTF8, leaveOpen: true);
        writer.Write(drafts.Count);
        foreach (GridDraft draft in drafts)
            draft.Write(writer);
    }

    /// <summary>Reads drafts under the rule that they were written under.</summary>
    /// <exception cref="InvalidDataException">They are cut short.</exception>
    public static IReadOnlyList<GridDraft> ReadAll(Stream stream, GridRule rule)
    {
        try
        {
            using var reader = new BinaryReader(stream, System.Text.Encoding.UTF8, leaveOpen: true);
            return [.. Enumerable.Range(0, reader.ReadInt32()).Select(_ => Read(reader, rule))];
        }
        catch (EndOfStreamException exception)
        {
            throw new InvalidDataException("the qualities are cut short.", exception);
        }
    }

    private void Write(BinaryWriter writer)
    {
        writer.Write(Block.Step);
        writer.Write(Block.Lambda);
        Write<float>(writer, Block.Biases);
        Write<float>(writer, Block.Weights);
        Write<double>(writer, Block.Centroids);
        writer.Write(Block.Rows.Rows.Length);
        foreach (double[] row in Block.Rows.Rows)
            Write<double>(writer, row);
        Write<float>(writer, Neighbours);
        Write<float>(writer, Spread);
        Write<float>(writer, Divided);
        Write<double>(writer, Extents);
        Write<float>(writer, Offsets);
        Write<double>(writer, Transforms);
        Write<double>(writer, Signs);
    }

    private static GridDraft Read(BinaryReader reader, GridRule rule)
    {
        (double step, double lambda) = (reader.ReadDouble(), reader.ReadDouble());
        var draft = new GridDraft(rule, Trellis.EightStates, step, lambda, Read<float>(reader));
        draft.Block.Weights = Read<float>(reader);
        draft.Block.Centroids = Read<double>(reader);
        draft.Block.Rows = new ScaleRows(
            Trellis.EightStates,
            [.. Enumerable.Range(0, reader.ReadInt32()).Select(_ => Read<double>(reader))]
        );
        draft.Neighbours = Read<float>(reader);
        draft.Spread = Read<float>(reader);
        draft.Divided = Read<float>(reader);
        draft.Extents = Read<double>(reader);
        draft.Offsets = Read<float>(reader);
        draft.Transforms = Read<double>(reader);
        draft.Signs = Read<double>(reader);
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
