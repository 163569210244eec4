namespace Codec.Server;

/// <summary>Periodic work that ends with the server.</summary>
internal static class PeriodicTimerExtensions
{
    /// <summary>
    /// Waits for the next tick. The stop of the server is no exception: after a start that failed, the host would log it as a failure of
    /// the work, before the reason.
    /// </summary>
    /// <returns>False if the server stops.</returns>
    public static async ValueTask<bool> WaitAsync(this PeriodicTimer timer, CancellationToken cancellationToken)
    {
        try
        {
            return await timer.WaitForNextTickAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }
}
