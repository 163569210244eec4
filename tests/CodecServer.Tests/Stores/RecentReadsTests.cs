using Codec.Server.Stores.Embedded;

namespace CodecServer.Tests.Stores;

public sealed class RecentReadsTests
{
    private readonly RecentReads<int, string> _reads = new();

    [Fact]
    public void GetOrRead_ReadBefore_IsKeptUntilForgotten()
    {
        _reads.GetOrRead(1, _ => "before");

        Assert.Equal("before", _reads.GetOrRead(1, _ => "after"));
        _reads.Forget();
        Assert.Equal("after", _reads.GetOrRead(1, _ => "after"));
    }

    [Fact]
    public void GetOrRead_ChangedDuringTheReading_IsNotKept()
    {
        string? read = _reads.GetOrRead(
            1,
            _ =>
            {
                _reads.Forget();
                return "before";
            }
        );

        Assert.Equal("before", read);
        Assert.Equal("after", _reads.GetOrRead(1, _ => "after"));
    }

    [Fact]
    public void GetOrRead_NothingFound_IsReadAgain()
    {
        Assert.Null(_reads.GetOrRead(1, _ => null));
        Assert.Equal("created", _reads.GetOrRead(1, _ => "created"));
    }

    [Fact]
    public void GetOrRead_MoreThanItHolds_ReadsSomeAgain()
    {
        int read = 0;
        for (int i = 0; i < 10_000; i++)
            _reads.GetOrRead(i, Read);
        for (int i = 0; i < 10_000; i++)
            _reads.GetOrRead(i, Read);

        Assert.InRange(read, 15_000, 20_000);

        string Read(int key)
        {
            read++;
            return $"{key}";
        }
    }
}
