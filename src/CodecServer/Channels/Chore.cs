namespace Codec.Server.Channels;

/// <summary>Work that housekeeping repeats.</summary>
/// <param name="What">What it sweeps, as the log names it.</param>
/// <param name="RunAsync">Does the work once.</param>
internal sealed record Chore(string What, Func<CancellationToken, Task> RunAsync);
