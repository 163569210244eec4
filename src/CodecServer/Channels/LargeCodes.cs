using Codec.Server.Limits;
using Codec.Server.Stores;

namespace Codec.Server.Channels;

/// <summary>
/// Bounds what slow subscribers cost, however large the codes: a page that exceeds a subscriber's own bytes holds room that all
/// subscribers share. A subscriber waits for room without a page.
/// </summary>
/// <param name="limits">The room.</param>
/// <param name="payer">The subscriber.</param>
/// <param name="freeBytes">Bytes of a page that need no room.</param>
internal sealed class LargeCodes(ServerLimits limits, Payer payer, long freeBytes) : IDisposable
{
    /// <summary>Copies of a large code in memory: as read, in its frame, and in the connection's buffer.</summary>
    private const int Copies = 3;

    private FairBudget.Reservation? _room;

    /// <summary>Whether room is held.</summary>
    public bool HoldsRoom => _room is not null;

    /// <summary>Reads a page. A page for which there is no room is dropped, and read again when there is room.</summary>
    public async Task<LogPage> ReadAsync(Func<Task<LogPage>> read, CancellationToken cancellationToken)
    {
        long reserved = 0;
        while (true)
        {
            long bytes;
            using (await limits.SubscriberReads.EnterAsync(wait: true, cancellationToken))
            {
                LogPage page = await read();
                bytes = Copies * page.Codes.Sum(code => (long)code.Code.Length);
                if (bytes <= Copies * freeBytes || bytes <= reserved)
                    return page;

                Release();
                if ((_room = limits.SubscriberFrames.TryTake(payer, bytes)) is not null)
                    return page;
            }

            _room = await limits.SubscriberFrames.TakeAsync(payer, bytes, Timeout.InfiniteTimeSpan, cancellationToken);
            reserved = bytes;
        }
    }

    /// <summary>Returns the room, once the page is written.</summary>
    public void Release()
    {
        _room?.Dispose();
        _room = null;
    }

    /// <inheritdoc/>
    public void Dispose() => Release();
}
