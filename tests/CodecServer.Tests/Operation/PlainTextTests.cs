using Codec.CommandLine;
using Codec.Server.Identity;

namespace CodecServer.Tests.Operation;

/// <summary>Text of others on a console, and names.</summary>
public sealed class PlainTextTests
{
    [Theory]
    [InlineData("anna", "anna")]
    [InlineData("Ånna 山 😀", "Ånna 山 😀")]
    [InlineData("a\u001b[31m", @"a\u001B[31m")]
    [InlineData("a\u202e", @"a\u202E")]
    [InlineData("a\U000E0041b", @"a\U000E0041b")]
    [InlineData("a\U000F0000", @"a\U000F0000")]
    public void Of_AnyText_WritesWhatIsNotSeenAsItsCode(string text, string expected)
    {
        Assert.Equal(expected, PlainText.Of(text));
        Assert.Equal(text == expected, PlainText.IsPlain(text));
        Assert.Equal(text == expected, Caller.IsName(text));
    }

    /// <summary>Attributes cannot hold such text.</summary>
    [Fact]
    public void Of_HalfOfAPairOfSurrogates_WritesItsCode()
    {
        Assert.Equal(@"\uD800a", PlainText.Of("\ud800a"));
        Assert.Equal(@"a\uDC00", PlainText.Of("a\udc00"));
        Assert.Equal(@"a\uD83D", PlainText.Of("a\ud83d"));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("\u3000\u00a0")]
    public void IsName_NothingIsSeen_IsNone(string text) => Assert.False(Caller.IsName(text));
}
