using System.Diagnostics.CodeAnalysis;
using Codec.Errors;
using Codec.Frames;
using Codec.Models;

namespace Codec.Server.Stores.Embedded;

/// <summary>A row of the table <c>frames</c>, not yet checked.</summary>
/// <param name="FirstSequence">Sequence of its first code.</param>
/// <param name="Count">Number of its codes.</param>
/// <param name="Version">Digest of their version; null if the database has lost it.</param>
/// <param name="StoredAt">When they were stored, in Unix milliseconds.</param>
/// <param name="Lengths">The lengths of the codes (<see cref="CodeLengths"/>).</param>
/// <param name="Frame">The frame.</param>
internal sealed record FrameRow(long FirstSequence, long Count, string? Version, long StoredAt, byte[] Lengths, byte[] Frame)
{
    /// <summary>The columns in the order of the parameters; select them from <see cref="Join"/>.</summary>
    public const string Columns = "first_sequence, count, v.digest AS version, frames.stored_at, lengths, frame";

    /// <summary>Joins the version. LEFT, because a row whose version is missing is damaged and must be reported, not skipped.</summary>
    public const string Join = "frames LEFT JOIN code_versions v ON v.id = version_id";

    /// <summary>
    /// Sequence after its last code; at least one more than the first, so that a reader can skip a row whose count is damaged.
    /// </summary>
    public long End => FirstSequence + Math.Max(1, Count);

    /// <summary>Returns the row's codes, slices of its frame; returns false and the problem if the row is damaged.</summary>
    public bool TryRead([NotNullWhen(true)] out StoredCode[]? codes, [NotNullWhen(false)] out string? damage)
    {
        try
        {
            codes = Read();
            damage = null;
            return true;
        }
        catch (Exception exception) when (exception is InvalidCodeException or InvalidDataException)
        {
            codes = null;
            damage = exception.Message;
            return false;
        }
    }

    private StoredCode[] Read()
    {
        FrameHeader header = CodeFrame.ReadHeader(Frame);
        if (!header.HasChecksum)
            throw new InvalidDataException("The frame has no checksum.");

        IReadOnlyList<ReadOnlyMemory<byte>> slices = CodeLengths.Slice(Frame.AsMemory(header.Codes), Lengths);
        if (slices.Count != Count || header.Count != Count)
        {
            throw new InvalidDataException(
                $"The row has {Count} codes by its count, {slices.Count} by its lengths, and {header.Count} by its frame."
            );
        }

        Digest version = Rows.ParseDigest(Version ?? "");
        FrameInfo info = CodeFrame.ReadInfo(Frame, header);
        DateTimeOffset storedAt = DateTimeOffset.FromUnixTimeMilliseconds(StoredAt);
        return [.. slices.Select((code, i) => new StoredCode(FirstSequence + i, version, header.Quality, code, info[i], storedAt))];
    }
}
