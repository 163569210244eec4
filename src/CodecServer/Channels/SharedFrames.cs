using Codec.Frames;
using Codec.Server.Stores;

namespace Codec.Server.Channels;

/// <summary>
/// The newest frames of all channels: subscribers at the same position share one frame, instead of packing and holding one each. The
/// oldest frame leaves when there are too many bytes; a subscriber that is still writing it keeps it alive.
/// </summary>
internal sealed class SharedFrames
{
    /// <summary>Bytes of all frames: the newest frame of a few dozen busy channels.</summary>
    private const long MaxBytes = 4 << 20;

    private readonly Lock _lock = new();
    private readonly Dictionary<Key, byte[]> _frames = [];
    private readonly Queue<Key> _order = new();
    private long _bytes;

    /// <summary>Returns the packed frame; packs it if no subscriber has.</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="frame">Its codes: every code from the first sequence to before the next one.</param>
    /// <param name="storedTimes">Whether the codes' info has the times of storing.</param>
    /// <returns>The frame, not to be changed.</returns>
    public byte[] Pack(ChannelId channel, AssembledFrame frame, bool storedTimes)
    {
        var key = new Key(channel, frame.FirstSequence, frame.NextSequence, storedTimes);
        lock (_lock)
        {
            if (_frames.TryGetValue(key, out byte[]? shared))
                return shared;
        }

        byte[] packed = Write(frame);
        lock (_lock)
        {
            if (packed.Length > MaxBytes || !_frames.TryAdd(key, packed))
                return packed;

            _order.Enqueue(key);
            _bytes += packed.Length;
            while (_bytes > MaxBytes && _order.TryDequeue(out Key oldest) && _frames.Remove(oldest, out byte[]? left))
                _bytes -= left.Length;
        }

        return packed;
    }

    /// <summary>Packs a frame that no other subscriber can share.</summary>
    public static byte[] Write(AssembledFrame frame) => CodeFrame.Write(frame.Run.Quality, frame.Run.Codes, info: frame.Run.Info);

    private readonly record struct Key(ChannelId Channel, long First, long Next, bool StoredTimes);
}
