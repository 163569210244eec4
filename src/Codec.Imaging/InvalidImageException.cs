namespace Codec.Imaging;

/// <summary>
/// Bytes that should have been an image file are not one, are damaged or cut short, or declare more than the limits allow.
/// </summary>
/// <remarks>
/// The only exception, besides <see cref="ArgumentException"/> for the caller's own mistakes, that leaves <see cref="ImageFile"/>.
/// </remarks>
public sealed class InvalidImageException : Exception
{
    /// <summary>Says what is wrong with the file.</summary>
    /// <param name="message">What is wrong, with the value and the allowed range.</param>
    public InvalidImageException(string message)
        : base(message) { }
}
