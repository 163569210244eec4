using Codec.Simd;

namespace Codec.Tests.Simd;

public sealed class SimdPathTests
{
    [Theory]
    [InlineData("scalar", 0)]
    [InlineData("128", 1)]
    [InlineData("256", 2)]
    [InlineData("512", 3)]
    public void Select_Forced_IsTaken(string forced, int expected) => Assert.Equal((SimdPath)expected, SimdPaths.Select(forced));

    [Fact]
    public void Select_NotForced_IsAPath() => Assert.Contains(SimdPaths.Select(null), Enum.GetValues<SimdPath>());

    [Fact]
    public void Select_Unknown_NamesTheChoices()
    {
        var exception = Assert.Throws<InvalidOperationException>(() => SimdPaths.Select("avx"));
        Assert.Contains("scalar, 128, 256 or 512", exception.Message, StringComparison.Ordinal);
    }
}
