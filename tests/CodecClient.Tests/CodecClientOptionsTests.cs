using System.Globalization;
using Codec.Models;

namespace Codec.Client.Tests;

public sealed class CodecClientOptionsTests
{
    private const string AddressAlone = "scheme, host and port alone, such as http://127.0.0.1:5080: no path, query, fragment or user";

    public static TheoryData<string, Func<CodecClientOptions, CodecClientOptions>, string> Mistakes =>
        new()
        {
            { "Address", options => options with { Address = new Uri("ftp://host") }, "an absolute http or https address" },
            {
                "Address",
                options => options with { Address = new Uri("/relative", UriKind.Relative) },
                "an absolute http or https address"
            },
            { "Address", options => options with { Address = new Uri("http://host/path") }, AddressAlone },
            { "Address", options => options with { Address = new Uri("http://host/?query") }, AddressAlone },
            { "Address", options => options with { Address = new Uri("http://host/#fragment") }, AddressAlone },
            { "Address", options => options with { Address = new Uri("http://user@host") }, AddressAlone },
            { "CacheDirectory", options => options with { CacheDirectory = "" }, "a path, or null for no cache on disk" },
            { "CacheBytes", options => options with { CacheBytes = 1000 }, "1 MiB (1048576) or more" },
            { "LoadedModels", options => options with { LoadedModels = 0 }, "1 to 1024" },
            { "CallTimeout", options => options with { CallTimeout = TimeSpan.Zero }, "above 0 and at most a day" },
            { "MaxInFlight", options => options with { MaxInFlight = 1025 }, "1 to 1024" },
            { "ReadAheadBytes", options => options with { ReadAheadBytes = (1 << 20) - 1 }, "1048576 (1 MiB) to 1073741824 (1 GiB)" },
            { "MaxInFlightBytes", options => options with { MaxInFlightBytes = (1 << 20) - 1 }, "1048576 (1 MiB) to 1073741824 (1 GiB)" },
            { "MaxInFlightBytes", options => options with { MaxInFlightBytes = (1L << 30) + 1 }, "1048576 (1 MiB) to 1073741824 (1 GiB)" },
            { "MaxMessageBytes", options => options with { MaxMessageBytes = 1 << 20 }, "4194304 (4 MiB) to 134217728 (128 MiB)" },
            { "MaxImagePixels", options => options with { MaxImagePixels = (1 << 26) + 1 }, "1 to 67108864" },
            { "Identity", options => options with { Identity = new string('x', 129) }, "at most 128 characters" },
            { "InitialDelay", options => options with { Reconnect = new ReconnectPolicy { InitialDelay = TimeSpan.Zero } }, "above 0" },
            {
                "MaxDelay",
                options => options with { Reconnect = new ReconnectPolicy { MaxDelay = TimeSpan.FromHours(2) } },
                "at least InitialDelay and at most an hour"
            },
            { "MaxAttempts", options => options with { Reconnect = new ReconnectPolicy { MaxAttempts = -1 } }, "0 or more" },
        };

    [Theory]
    [MemberData(nameof(Mistakes), DisableDiscoveryEnumeration = true)]
    public void Client_OptionOutsideItsRange_NamesItAndItsRange(
        string option,
        Func<CodecClientOptions, CodecClientOptions> mistake,
        string allowed
    )
    {
        var exception = Assert.Throws<ArgumentException>(() => new CodecClient(mistake(new CodecClientOptions())));
        Assert.Equal(option, exception.ParamName);
        Assert.Contains($"The option {option} is '", exception.Message, StringComparison.Ordinal);
        Assert.Contains($"allowed: {allowed}.", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("not an address")]
    public void Client_InvalidAddress_Throws(string address) => Assert.Throws<ArgumentException>(() => new CodecClient(address));

    [Fact]
    public void Client_HandlerAndConnectCallback_AreRefusedTogether() =>
        Assert.Throws<ArgumentException>(() =>
            new CodecClient(
                new CodecClientOptions
                {
                    CreateHandler = () => new SocketsHttpHandler(),
                    ConnectCallback = (_, _) => throw new NotSupportedException(),
                }
            )
        );

    [Fact]
    public void Client_Defaults_AreValid()
    {
        using var client = new CodecClient("http://127.0.0.1:5080");
        Assert.Equal(new Uri("http://127.0.0.1:5080"), client.Options.Address);
    }

    [Theory]
    [InlineData("/var/cache", "/home/u", "/var/cache/codec/blobs")]
    [InlineData("relative", "/home/u", "/home/u/.cache/codec/blobs")]
    [InlineData(null, "/home/u", "/home/u/.cache/codec/blobs")]
    [InlineData(null, "", null)]
    public void FindCacheDirectory_OnLinux_FollowsXdg(string? xdg, string home, string? expected)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "XDG is for Linux.");
        Assert.Equal(expected, CodecClientOptions.FindCacheDirectory(name => name == "XDG_CACHE_HOME" ? xdg : null, _ => home));
    }
}
