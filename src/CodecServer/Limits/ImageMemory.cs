namespace Codec.Server.Limits;

/// <summary>
/// Bounds the memory of all images that are being processed, whatever their number, sizes and formats: a caller reserves the most that an
/// image takes before anything is allocated for it. Small images have a quarter in addition for themselves, so that large ones do not
/// delay them.
/// </summary>
/// <param name="maxBytes">Bytes that images may take at the same time.</param>
/// <param name="patience">How long a unary call waits for room.</param>
/// <param name="time">Measures that wait.</param>
internal sealed class ImageMemory(long maxBytes, TimeSpan patience, TimeProvider time)
{
    /// <summary>Most bytes of an image that counts as small: a thumbnail of 256×256 as a file.</summary>
    public const int SmallBytes = 512 << 10;

    /// <summary>The bytes of images in work.</summary>
    public FairBudget Budget { get; } = new("The room for images", new BudgetShares(maxBytes, maxBytes, maxBytes), time);

    private readonly FairBudget _small = new("The room for small images", new BudgetShares(maxBytes / 4, maxBytes / 4, maxBytes / 4), time);

    /// <summary>
    /// Reserves room until the returned object is disposed. A request larger than the whole room reserves all of it.
    /// </summary>
    /// <param name="payer">For whom the image is; a caller that has less in work goes first.</param>
    /// <param name="bytes">Bytes to reserve.</param>
    /// <param name="wait">True waits for room (streams); false refuses after a short wait (unary calls).</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="RequestException">ResourceExhausted, with a retry delay: there is not enough room.</exception>
    public ValueTask<FairBudget.Reservation> EnterAsync(Payer payer, long bytes, bool wait, CancellationToken cancellationToken) =>
        (bytes <= Math.Min(SmallBytes, maxBytes / 64) ? _small : Budget).TakeAsync(
            payer,
            bytes,
            wait ? Timeout.InfiniteTimeSpan : patience,
            cancellationToken
        );
}
