namespace Codec.CommandLine;

/// <summary>A value on the command line, or one that stands in for it in the environment or the profile, is wrong.</summary>
/// <param name="message">The option or argument as the user types it, its value, and what is allowed.</param>
/// <param name="innerException">The failure that found it, if any.</param>
public sealed class UsageException(string message, Exception? innerException = null) : ArgumentException(message, innerException);
