using System.Reflection;
using Codec.Server;
using Microsoft.Extensions.Logging;

namespace CodecServer.Tests.Operation;

public sealed class ServerLogTests
{
    [Fact]
    public void EventIds_AreUnique()
    {
        int[] ids =
        [
            .. typeof(ServerLog)
                .GetMethods(BindingFlags.Public | BindingFlags.Static)
                .Select(method => method.GetCustomAttribute<LoggerMessageAttribute>())
                .OfType<LoggerMessageAttribute>()
                .Select(message => message.EventId),
        ];

        Assert.NotEmpty(ids);
        Assert.Equal(ids.Distinct(), ids);
    }
}
