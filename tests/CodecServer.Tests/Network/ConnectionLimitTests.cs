using Codec.Server.Network;

namespace CodecServer.Tests.Network;

public sealed class ConnectionLimitTests
{
    [Theory]
    [InlineData(2048, 1 << 20, 2048)]
    [InlineData(2048, 20_000, 2048)]
    [InlineData(2048, 1024, 256)]
    [InlineData(10_000, 4096, 1792)]
    [InlineData(2048, 256, 16)]
    [InlineData(5, 256, 5)]
    public void Within_FewFiles_LeavesSomeForTheServerItself(int wanted, long openFiles, int expected) =>
        Assert.Equal(expected, ConnectionLimit.Within(wanted, openFiles));
}
