using System.Diagnostics.CodeAnalysis;
using Codec.Errors;
using Codec.Frames;
using Codec.Models;

namespace Codec.Server.Stores.Embedded;

/// <summary>A stored row as it is read.</summary>
/// <param name="FirstSequence">Sequence of its first code.</param>
/// <param name="Count">How many codes it has.</param>
/// <param name="Version">Digest of their version; null where the database lost it.</param>
/// <param name="StoredAt">When they were stored, in milliseconds.</param>
/// <param name="Lengths">Where they end.</param>
/// <param name="Frame">The frame.</param>
internal sealed record FrameRow(long FirstSequence, long Count, string? Version, long StoredAt, byte[] Lengths, byte[] Frame)
{
    /// <summary>The columns in the order of the parameters; the table is <c>frames</c>, joined by <see cref="Join"/>.</summary>
    public const string Columns = "first_sequence, count, v.digest AS version, frames.stored_at, lengths, frame";

    /// <summary>Finds the version; a row without one is damaged, not absent.</summary>
    public const string Join = "frames LEFT JOIN code_versions v ON v.id = version_id";

    /// <summary>Sequence after its last code: one further at least, so that a reader gets past a damaged count.</summary>
    public long End => FirstSequence + Math.Max(1, Count);

    /// <summary>The row's codes, slices of its frame; false where it is damaged, with what is wrong.</summary>
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
        {
            throw new InvalidDataException("The frame has no checksum.");
        }

        IReadOnlyList<ReadOnlyMemory<byte>> slices = CodeLengths.Slice(Frame.AsMemory(header.Codes), Lengths);
        if (slices.Count != Count || header.Count != Count)
        {
            throw new InvalidDataException($"The row counts {Count} codes, its lengths {slices.Count}, and its frame {header.Count}.");
        }

        Digest version = Rows.ParseDigest(Version ?? "");
        FrameInfo info = CodeFrame.ReadInfo(Frame, header);
        DateTimeOffset storedAt = DateTimeOffset.FromUnixTimeMilliseconds(StoredAt);
        return [.. slices.Select((code, i) => new StoredCode(FirstSequence + i, version, header.Quality, code, info[i], storedAt))];
    }
}
