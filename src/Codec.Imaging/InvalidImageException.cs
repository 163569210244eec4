namespace Codec.Imaging;

/// <summary>
/// An image file cannot be decoded: it has another format or an unsupported kind, is damaged or truncated, or exceeds a limit.
/// </summary>
/// <remarks>
/// The only exception that <see cref="ImageFile"/> throws, apart from <see cref="ArgumentException"/> for invalid arguments.
/// </remarks>
public sealed class InvalidImageException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">What is wrong, with the value and the allowed range.</param>
    public InvalidImageException(string message)
        : base(message) { }
}
