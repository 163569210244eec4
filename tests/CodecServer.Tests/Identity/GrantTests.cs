using Codec.Server.Identity;

namespace CodecServer.Tests.Identity;

public sealed class GrantTests
{
    [Theory]
    [InlineData("admin")]
    [InlineData("publish-models")]
    [InlineData("publish:*")]
    [InlineData("subscribe:cameras.*.front")]
    public void TryParse_Grant_IsWrittenAsItWasRead(string text) => Assert.Equal(text, Grant.TryParse(text)?.ToString());

    [Theory]
    [InlineData("")]
    [InlineData("Admin")]
    [InlineData("publish")]
    [InlineData("publish:")]
    [InlineData("publish:Cameras")]
    [InlineData("publish:a b")]
    [InlineData("publish:a\n")]
    [InlineData("publish:a:b")]
    [InlineData("encode:*")]
    [InlineData("admin:")]
    public void TryParse_AnythingElse_IsNone(string text) => Assert.Null(Grant.TryParse(text));

    [Theory]
    [InlineData("*", "faces", true)]
    [InlineData("faces", "faces", true)]
    [InlineData("faces", "faces.1", false)]
    [InlineData("faces*", "faces.1", true)]
    [InlineData("cameras.*", "cameras.1.front", true)]
    [InlineData("cameras.*", "cameras", false)]
    [InlineData("*.front", "cameras.1.front", true)]
    [InlineData("c*s.*t", "cameras.1.front", true)]
    [InlineData("c.meras", "cameras", false)]
    public void IsFor_Pattern_MatchesWholeNames(string pattern, string channel, bool expected) =>
        Assert.Equal(expected, new Grant(Role.Publish, pattern).IsFor(channel));

    [Fact]
    public void IsFor_PatternOfManyStars_TakesNoTime() =>
        Assert.False(new Grant(Role.Publish, new string('*', 63) + "b").IsFor(new string('a', 64)));

    [Theory]
    [InlineData("anna", true)]
    [InlineData("spiffe://site/camera 7", true)]
    [InlineData("", false)]
    [InlineData("a\u001bb", false)]
    [InlineData("a\u202eb", false)]
    public void IsName_Text_IsPrintable(string text, bool expected) => Assert.Equal(expected, Caller.IsName(text));
}
