using System.Buffers;
using Codec.Binary;
using Codec.Entropy;
using Codec.Errors;
using Codec.Models;

namespace Codec.Schemes.Grid;

/// <summary>
/// The slices of an image: the rows of blocks that each holds, and where its code begins in the image's payload (docs/format.md, Slices).
/// An image that is not cut is one slice.
/// </summary>
internal sealed class GridSlices
{
    private readonly int _rows;

    // [slices + 1]: where each slice begins; then where the last may end.
    private readonly int[] _starts;

    private GridSlices(int rows, int[] starts) => (_rows, _starts) = (rows, starts);

    /// <summary>How many there are.</summary>
    public int Count => _starts.Length - 1;

    /// <summary>Counts the slices of an image.</summary>
    /// <param name="entry">The model's rule; null for none.</param>
    /// <param name="grid">The image's grid.</param>
    public static int CountOf(SliceEntry? entry, WindowGrid grid) =>
        entry is null || (long)grid.Width * grid.Height <= entry.Pixels ? 1 : Math.Max(1, grid.Rows / (2 * entry.Rows) * 2);

    /// <summary>The rows of one of an image's slices.</summary>
    /// <param name="rows">The image's rows of blocks.</param>
    /// <param name="count">The number of its slices.</param>
    /// <param name="slice">The slice.</param>
    public static RowRange RowsOf(int rows, int count, int slice)
    {
        int first = slice * rows / count;
        return new RowRange(first, (slice + 1) * rows / count - first);
    }

    /// <summary>Joins the codes of an image's slices to its payload: the lengths of all but the last, then the codes.</summary>
    public static byte[] Join(IReadOnlyList<byte[]> codes)
    {
        var payload = new ArrayBufferWriter<byte>();
        foreach (byte[] code in codes.SkipLast(1))
            WideVarint.Write((ulong)code.Length, payload);
        foreach (byte[] code in codes)
            payload.Write(code);
        return payload.WrittenSpan.ToArray();
    }

    /// <summary>Reads where the slices of a payload begin.</summary>
    /// <param name="payload">The payload; other bytes may follow it.</param>
    /// <param name="rows">The image's rows of blocks.</param>
    /// <param name="count">The number of its slices.</param>
    /// <exception cref="InvalidCodeException">A length is malformed, or the slices take more bytes than there are.</exception>
    public static GridSlices Read(ReadOnlySpan<byte> payload, int rows, int count)
    {
        var starts = new int[count + 1];
        int position = 0;
        for (int slice = 1; slice < count; slice++)
        {
            int taken = WideVarint.Read(payload[position..], out ulong length);
            if (taken == 0 || length is 0 or > ModelLimits.MaxCodeBytes)
            {
                throw new InvalidCodeException(
                    "payload",
                    position,
                    $"the length of slice {slice - 1} of {count} is cut off or malformed, or outside 1..{ModelLimits.MaxCodeBytes}; "
                        + "the code is damaged."
                );
            }

            position += taken;
            starts[slice] = (int)length;
        }

        long start = position;
        for (int slice = 0; slice < count; slice++)
        {
            start += starts[slice];
            if (start > payload.Length)
            {
                throw new InvalidCodeException(
                    "payload",
                    payload.Length,
                    $"the code is cut off or damaged: its slices take {start} bytes or more, {payload.Length} were given."
                );
            }

            starts[slice] = (int)start;
        }

        starts[count] = payload.Length;
        return new GridSlices(rows, starts);
    }

    /// <summary>The rows of blocks of a slice.</summary>
    public RowRange Rows(int slice) => RowsOf(_rows, Count, slice);

    /// <summary>The code of a slice; other bytes may follow that of the last.</summary>
    /// <param name="payload">The payload from which the slices were read.</param>
    /// <param name="slice">The slice.</param>
    public ReadOnlySpan<byte> Code(ReadOnlySpan<byte> payload, int slice) => payload[_starts[slice].._starts[slice + 1]];

    /// <summary>Finds where a decoded slice ends in the payload, and checks that the next begins there.</summary>
    /// <param name="slice">The slice.</param>
    /// <param name="length">The length of its code.</param>
    /// <exception cref="InvalidCodeException">The next slice begins elsewhere.</exception>
    public int EndOf(int slice, int length)
    {
        int end = _starts[slice] + length;
        return slice == Count - 1 || end == _starts[slice + 1]
            ? end
            : throw new InvalidCodeException(
                "payload",
                end,
                $"slice {slice} of {Count} takes {length} bytes; its length is stated as {_starts[slice + 1] - _starts[slice]}. "
                    + "The code is damaged."
            );
    }
}
