using Codec.Server.Channels;
using Codec.Server.Stores;
using CodecServer.Tests.Infrastructure;

namespace CodecServer.Tests.Channels;

public sealed class SharedFramesTests
{
    private static readonly ChannelId Channel = new("faces", 1);

    private readonly SharedFrames _frames = new();

    [Fact]
    public void Pack_SamePositionAndEnd_SharesTheBytes()
    {
        AssembledFrame frame = Frame(1, 4, bytes: 100);

        byte[] first = _frames.Pack(Channel, frame, storedTimes: false);

        Assert.Equal(SharedFrames.Write(frame), first);
        Assert.Same(first, _frames.Pack(Channel, Frame(1, 4, bytes: 100), storedTimes: false));
    }

    /// <summary>A channel that was deleted and created again has the same name and other codes.</summary>
    [Fact]
    public void Pack_AnotherChannelEndOrKind_SharesNothing()
    {
        byte[] first = _frames.Pack(Channel, Frame(1, 4, bytes: 100), storedTimes: false);

        Assert.NotSame(first, _frames.Pack(Channel with { Incarnation = 2 }, Frame(1, 4, bytes: 100), storedTimes: false));
        Assert.NotSame(first, _frames.Pack(Channel, Frame(1, 3, bytes: 100), storedTimes: false));
        Assert.NotSame(first, _frames.Pack(Channel, Frame(2, 5, bytes: 100), storedTimes: false));
        Assert.NotSame(first, _frames.Pack(Channel, Frame(1, 4, bytes: 100), storedTimes: true));
    }

    [Fact]
    public void Pack_MoreBytesThanAreKept_LetsTheOldestGo()
    {
        const int Megabyte = 1 << 20;
        byte[] oldest = _frames.Pack(Channel, Frame(1, 2, Megabyte), storedTimes: false);
        byte[] newest = oldest;
        for (long sequence = 2; sequence <= 5; sequence++)
            newest = _frames.Pack(Channel, Frame(sequence, sequence + 1, Megabyte), storedTimes: false);

        Assert.Same(newest, _frames.Pack(Channel, Frame(5, 6, Megabyte), storedTimes: false));
        Assert.NotSame(oldest, _frames.Pack(Channel, Frame(1, 2, Megabyte), storedTimes: false));
    }

    private static AssembledFrame Frame(long first, long next, int bytes) =>
        new(first, next, Runs.Of((int)(next - first), bytes, quality: 1, Runs.Version, seed: 1));
}
