using Codec.Server.Services;

namespace CodecServer.Tests.Services;

public sealed class MessageHeaderTests
{
    [Theory]
    [InlineData("'camera-7' lacks the role subscribe:CHANNELS; ask", "'camera-7' lacks the role subscribe:CHANNELS; ask")]
    [InlineData("100 %", "100 %25")]
    [InlineData("a\nb\u007F", "a%0Ab%7F")]
    [InlineData("×…", "%C3%97%E2%80%A6")]
    public void Encode_Message_ChangesOnlyWhatTheProtocolNames(string message, string expected)
    {
        Assert.Equal(expected, MessageHeader.Encode(message));
        Assert.Equal(message, Uri.UnescapeDataString(expected));
    }
}
