namespace Codec.Errors;

/// <summary>The bytes are not a valid code or frame: cut off, over-long, damaged, or of another version.</summary>
/// <remarks>Decoders throw this for bad bytes and <see cref="ArgumentException"/> for the caller's mistakes, and nothing else.</remarks>
public sealed class InvalidCodeException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="field">The field of the format (docs/format.md) that is wrong: <c>count</c>, <c>payload</c>, <c>checksum</c>…</param>
    /// <param name="offset">Offset in bytes from the start of the caller's buffer.</param>
    /// <param name="message">What is wrong, with the value and the allowed range.</param>
    public InvalidCodeException(string field, int offset, string message)
        : base($"Invalid code: {field} at byte {offset}: {message}")
    {
        Field = field;
        Offset = offset;
    }

    /// <summary>The field of the format that is wrong.</summary>
    public string Field { get; }

    /// <summary>Offset in bytes from the start of the caller's buffer.</summary>
    public int Offset { get; }
}
