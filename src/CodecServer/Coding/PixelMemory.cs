using System.Threading.RateLimiting;
using Codec.Server.Options;
using Microsoft.Extensions.Options;

namespace Codec.Server.Coding;

/// <summary>
/// The pixels in work, bounded together whatever the number and size of their images: room is taken before they are allocated.
/// </summary>
internal sealed class PixelMemory : IDisposable
{
    /// <summary>Pixels of a permit: counts of them fit 32 bits.</summary>
    private const int Unit = 1 << 10;

    private readonly ConcurrencyLimiter _room;
    private readonly int _permits;

    public PixelMemory(IOptions<CodingOptions> options)
    {
        _permits = options.Value.MaxPixelsInWork / Unit;
        _room = new ConcurrencyLimiter(
            new ConcurrencyLimiterOptions
            {
                PermitLimit = _permits,
                QueueProcessingOrder = QueueProcessingOrder.OldestFirst,

                // Whoever waits has a place in a bounded queue already.
                QueueLimit = int.MaxValue,
            }
        );
    }

    /// <summary>
    /// Takes room, and gives it back when what is returned is disposed; more pixels than there is room for take all of it.
    /// </summary>
    /// <param name="pixels">How many.</param>
    /// <param name="wait">Whether to wait for room (streams) or to be refused at once (unary calls).</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="RequestException">ResourceExhausted, with a time to try again: there is no room.</exception>
    public async ValueTask<IDisposable> EnterAsync(long pixels, bool wait, CancellationToken cancellationToken)
    {
        int permits = (int)Math.Clamp((pixels + Unit - 1) / Unit, 1, _permits);
        RateLimitLease lease = wait ? await _room.AcquireAsync(permits, cancellationToken) : _room.AttemptAcquire(permits);
        return lease.IsAcquired ? lease : throw RequestException.Busy("The room for pixels", _permits * Unit);
    }

    /// <inheritdoc/>
    public void Dispose() => _room.Dispose();
}
