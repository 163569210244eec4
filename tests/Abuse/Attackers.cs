using Codec.Tests.Shared;
using Codec.Tests.Shared.Processes;

namespace Codec.Tests.Abuse;

/// <summary>
/// Attackers in a process of their own, each with an address of its own: what they allocate and wait for does not delay the well-behaved
/// client that is measured. Disposing it ends them.
/// </summary>
internal sealed class Attackers : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly RunningProgram _program;

    private Attackers(RunningProgram program) => _program = program;

    /// <summary>Starts attacks, and returns when they begin.</summary>
    /// <exception cref="ProgramException">The program ended.</exception>
    public static async Task<Attackers> StartAsync(Uri address, IReadOnlyList<Attack> attacks, CancellationToken cancellationToken)
    {
        var prepared = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        RunningProgram program = RunningProgram.Start(
            Programs.PathOf("tests/Abuse", "Codec.Tests.Abuse"),
            [$"{address}", .. attacks.Select(attack => attack.Name)],
            onLine: _ => prepared.TrySetResult()
        );
        try
        {
            Task ended = program.WaitForExitAsync(cancellationToken);
            if (await Task.WhenAny(prepared.Task, ended) == ended)
                throw program.Failure();

            return new Attackers(program);
        }
        catch
        {
            await program.DisposeAsync();
            throw;
        }
    }

    /// <summary>Ends them.</summary>
    public Task StopAsync() => _program.StopAsync(Patience);

    public ValueTask DisposeAsync() => _program.DisposeAsync();
}
