namespace Codec.Tests.Shared.Processes;

/// <summary>A program that a test or a benchmark depends on failed; the message contains the end of its output.</summary>
public sealed class ProgramException(string message) : Exception(message);
