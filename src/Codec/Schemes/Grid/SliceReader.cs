using Codec.Entropy;
using Codec.Errors;

namespace Codec.Schemes.Grid;

/// <summary>Decodes the symbols of an image's slices, in any order, one at a time. Not thread-safe.</summary>
/// <param name="prior">The prior.</param>
/// <param name="quality">Index of its quality.</param>
/// <param name="columns">Blocks in a row.</param>
/// <param name="slices">The image's slices.</param>
internal sealed class SliceReader(Prior prior, int quality, int columns, GridSlices slices)
{
    private readonly GridContext _context = new(prior, quality, columns);

    /// <summary>Decodes all slices in order.</summary>
    /// <param name="payload">The payload from which the slices were read.</param>
    /// <param name="sink">Called with every block.</param>
    /// <returns>The length of the payload in bytes.</returns>
    /// <exception cref="InvalidCodeException">The code is cut off or damaged.</exception>
    public int ReadAll(ReadOnlySpan<byte> payload, BlockSink sink)
    {
        int end = 0;
        for (int slice = 0; slice < slices.Count; slice++)
            end = Read(payload, slice, sink);
        return end;
    }

    /// <summary>Decodes a slice.</summary>
    /// <returns>Where it ends in the payload.</returns>
    /// <inheritdoc cref="ReadAll"/>
    public int Read(ReadOnlySpan<byte> payload, int slice, BlockSink sink) =>
        slices.EndOf(slice, GridCoder.Decode(_context, slices.Rows(slice), slices.Code(payload, slice), sink));

    /// <summary>Decodes the first rows of a slice.</summary>
    /// <inheritdoc cref="ReadAll"/>
    public void ReadFirst(ReadOnlySpan<byte> payload, int slice, int rows, BlockSink sink) =>
        GridCoder.DecodeFirst(_context, slices.Rows(slice) with { Count = rows }, slices.Code(payload, slice), sink);
}
