namespace Codec.Tool.Output;

/// <summary>The standard output takes nothing more. It ends the command: it is no failure of the file at which it was noticed.</summary>
internal sealed class OutputException(IOException reason) : Exception($"The standard output cannot be written: {reason.Message}", reason);
