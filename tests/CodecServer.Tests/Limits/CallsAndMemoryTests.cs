using Codec.Server.Limits;
using Codec.Server.Options;
using Microsoft.Extensions.Time.Testing;

namespace CodecServer.Tests.Limits;

/// <summary>How many calls addresses may begin, by how much memory the process holds.</summary>
public sealed class CallsAndMemoryTests
{
    private const long Limit = 1000;

    private readonly FakeTimeProvider _time = new();
    private long _resident;

    [Theory]
    [InlineData(0, 256)]
    [InlineData(600, 256)]
    [InlineData(800, 128)]
    [InlineData(900, 64)]
    [InlineData(1000, CallPlaces.FewAtLimit)]
    [InlineData(1050, 1)]
    [InlineData(2000, 1)]
    public void TryTake_ByResidentBytes_GivesAnAddressFewer(long resident, int expected)
    {
        _resident = resident;

        Assert.Equal(expected, Fill(Create(), "a"));
    }

    [Fact]
    public void TryTake_ManyAddresses_LeaveAnEighthToThoseWithFew()
    {
        CallPlaces places = Create();

        int many = Enumerable.Range(0, 4).Sum(i => Fill(places, $"a{i}"));
        int few = Fill(places, "b");

        Assert.Equal(1024 - 1024 / 8, many);
        Assert.Equal(CallPlaces.Few, few);
    }

    [Fact]
    public void TryTake_ManyAddressesWhileMemoryIsShort_TakeAPartTogether()
    {
        CallPlaces places = Create();
        _resident = 900;

        int many = Enumerable.Range(0, 4).Sum(i => Fill(places, $"a{i}"));

        Assert.Equal((1024 - 1024 / 8) / 4, many);
    }

    [Fact]
    public void TryTake_AfterTheInterval_MeasuresAgain()
    {
        CallPlaces places = Create();
        _resident = 1000;
        Assert.Equal(CallPlaces.FewAtLimit, Fill(places, "a"));
        _resident = 0;
        Assert.Equal(0, Fill(places, "a"));

        _time.Advance(TimeSpan.FromMilliseconds(50));

        Assert.Equal(256 - CallPlaces.FewAtLimit, Fill(places, "a"));
    }

    [Fact]
    public void TryTake_AllPlaces_EndWithTheLast()
    {
        CallPlaces places = Create();

        int taken = Enumerable.Range(0, 100).Sum(i => Fill(places, $"a{i}"));

        Assert.Equal(1024, taken);
        Assert.Equal(1024, places.Held);
    }

    [Fact]
    public void Refusal_NamesTheCause()
    {
        CallPlaces places = Create();
        Fill(places, "a");
        Fill(places, "b", 20);
        _resident = 1000;
        _time.Advance(TimeSpan.FromMilliseconds(50));
        Assert.Contains("The address has 256 calls, as many as", places.Refusal(Payer("a")).Message, StringComparison.Ordinal);
        Assert.Contains("short of memory, and the address has 20 calls", places.Refusal(Payer("b")).Message, StringComparison.Ordinal);
        _resident = 0;
        _time.Advance(TimeSpan.FromMilliseconds(50));
        for (int i = 0; i < 3; i++)
            Fill(places, $"c{i}");
        Assert.Contains("All addresses together have 896 calls", places.Refusal(Payer("b")).Message, StringComparison.Ordinal);
    }

    private static Payer Payer(string address) => new(address, $"{address}-connection", "");

    private static int Fill(CallPlaces places, string address, int most = int.MaxValue)
    {
        int taken = 0;
        while (taken < most && places.TryTake(Payer(address)) is not null)
            taken++;
        return taken;
    }

    private CallPlaces Create() =>
        new(new LimitOptions { MaxCalls = 1024, AddressPercent = 25 }, new ProcessMemory(() => _resident, Limit, _time), _time);
}
