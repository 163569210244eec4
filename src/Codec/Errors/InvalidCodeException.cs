namespace Codec.Errors;

/// <summary>Bytes that should have been a code or a frame are not one: truncated, over-long, damaged, or of another version.</summary>
/// <remarks>The only exception, besides <see cref="ArgumentException"/> for the caller's own mistakes, that leaves a decoder.</remarks>
public sealed class InvalidCodeException : Exception
{
    /// <summary>Says what is wrong where.</summary>
    /// <param name="field">The field of the format (docs/format.md) that is wrong: <c>count</c>, <c>payload</c>, <c>checksum</c>…</param>
    /// <param name="offset">Offset in bytes from the start of what was handed in.</param>
    /// <param name="message">What is wrong, with the value and the allowed range.</param>
    public InvalidCodeException(string field, int offset, string message)
        : base($"Invalid code: {field} at byte {offset}: {message}")
    {
        Field = field;
        Offset = offset;
    }

    /// <summary>The field of the format that is wrong.</summary>
    public string Field { get; }

    /// <summary>Offset in bytes from the start of what was handed in.</summary>
    public int Offset { get; }
}
