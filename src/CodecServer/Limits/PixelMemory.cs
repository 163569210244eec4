namespace Codec.Server.Limits;

/// <summary>
/// Bounds the pixels of all images that are being processed, whatever their number and sizes: a caller reserves room before it allocates
/// them. Small images have a quarter in addition for themselves, so that large ones do not delay them.
/// </summary>
/// <param name="maxPixels">Pixels that may be in work at the same time.</param>
/// <param name="patience">How long a unary call waits for room.</param>
/// <param name="time">Measures that wait.</param>
internal sealed class PixelMemory(int maxPixels, TimeSpan patience, TimeProvider time)
{
    /// <summary>The pixels in work.</summary>
    public FairBudget Budget { get; } = new("The room for pixels", new BudgetShares(maxPixels, maxPixels, maxPixels), time);

    private readonly FairBudget _small = new(
        "The room for the pixels of small images",
        new BudgetShares(maxPixels / 4, maxPixels / 4, maxPixels / 4),
        time
    );

    /// <summary>Most pixels of an image that counts as small, such as a face or a thumbnail.</summary>
    public const int SmallPixels = 1 << 16;

    /// <summary>
    /// Reserves room until the returned object is disposed. A request larger than the whole room reserves all of it.
    /// </summary>
    /// <param name="payer">For whom the pixels are; a caller that has fewer in work goes first.</param>
    /// <param name="pixels">Pixels to reserve.</param>
    /// <param name="wait">True waits for room (streams); false refuses after a short wait (unary calls).</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="RequestException">ResourceExhausted, with a retry delay: there is not enough room.</exception>
    public async ValueTask<IDisposable> EnterAsync(Payer payer, long pixels, bool wait, CancellationToken cancellationToken) =>
        await (pixels <= Math.Min(SmallPixels, maxPixels / 64) ? _small : Budget).TakeAsync(
            payer,
            pixels,
            wait ? Timeout.InfiniteTimeSpan : patience,
            cancellationToken
        );
}
