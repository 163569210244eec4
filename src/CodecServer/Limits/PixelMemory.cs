using System.Threading.RateLimiting;

namespace Codec.Server.Limits;

/// <summary>
/// Bounds the pixels of all images that are being processed, whatever their number and sizes: a caller reserves room before it allocates
/// them.
/// </summary>
internal sealed class PixelMemory : IDisposable
{
    /// <summary>Pixels in one permit; the limiter counts permits in 32 bits.</summary>
    private const int Unit = 1 << 10;

    private readonly ConcurrencyLimiter _room;
    private readonly int _permits;

    /// <param name="maxPixels">Pixels that may be processed at the same time.</param>
    public PixelMemory(int maxPixels)
    {
        _permits = maxPixels / Unit;
        _room = new ConcurrencyLimiter(
            new ConcurrencyLimiterOptions
            {
                PermitLimit = _permits,
                QueueProcessingOrder = QueueProcessingOrder.OldestFirst,

                // Unbounded: each waiting caller already holds a place in a bounded queue.
                QueueLimit = int.MaxValue,
            }
        );
    }

    /// <summary>
    /// Reserves room until the returned object is disposed. A request larger than the whole room reserves all of it.
    /// </summary>
    /// <param name="pixels">Pixels to reserve.</param>
    /// <param name="wait">True waits for room (streams); false refuses at once (unary calls).</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="RequestException">ResourceExhausted, with a retry delay: there is not enough room.</exception>
    public async ValueTask<IDisposable> EnterAsync(long pixels, bool wait, CancellationToken cancellationToken)
    {
        int permits = (int)Math.Clamp((pixels + Unit - 1) / Unit, 1, _permits);
        RateLimitLease lease = wait ? await _room.AcquireAsync(permits, cancellationToken) : _room.AttemptAcquire(permits);
        return lease.IsAcquired ? lease : throw RequestException.Busy("The room for pixels", _permits * Unit);
    }

    /// <inheritdoc/>
    public void Dispose() => _room.Dispose();
}
