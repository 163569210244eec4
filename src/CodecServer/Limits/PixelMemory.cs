namespace Codec.Server.Limits;

/// <summary>
/// Bounds the pixels of all images that are being processed, whatever their number and sizes: a caller reserves room before it allocates
/// them.
/// </summary>
/// <param name="maxPixels">Pixels that may be in work at the same time.</param>
/// <param name="patience">How long a unary call waits for room.</param>
/// <param name="time">Measures that wait.</param>
internal sealed class PixelMemory(int maxPixels, TimeSpan patience, TimeProvider time)
{
    /// <summary>The pixels in work.</summary>
    public FairBudget Budget { get; } = new("The room for pixels", new BudgetShares(maxPixels, maxPixels, maxPixels), time);

    /// <summary>
    /// Reserves room until the returned object is disposed. A request larger than the whole room reserves all of it.
    /// </summary>
    /// <param name="payer">For whom the pixels are; a caller that has fewer in work goes first.</param>
    /// <param name="pixels">Pixels to reserve.</param>
    /// <param name="wait">True waits for room (streams); false refuses after a short wait (unary calls).</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="RequestException">ResourceExhausted, with a retry delay: there is not enough room.</exception>
    public async ValueTask<IDisposable> EnterAsync(Payer payer, long pixels, bool wait, CancellationToken cancellationToken) =>
        await Budget.TakeAsync(payer, pixels, wait ? Timeout.InfiniteTimeSpan : patience, cancellationToken);
}
