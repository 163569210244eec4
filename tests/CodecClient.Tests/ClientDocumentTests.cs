using System.Reflection;
using System.Text.RegularExpressions;
using Codec.Tests.Shared;

namespace Codec.Client.Tests;

/// <summary>docs/client.md has a row for every option and every exception, and no row for one that does not exist.</summary>
public sealed partial class ClientDocumentTests
{
    public static TheoryData<Type> Options =>
        [
            typeof(CodecClientOptions),
            typeof(ClientTls),
            typeof(ReconnectPolicy),
            typeof(SubscribeOptions),
            typeof(PublisherOptions),
            typeof(ChannelRetention),
        ];

    [Theory]
    [MemberData(nameof(Options))]
    public void Section_OfATypeOfOptions_HasARowForEach(Type type)
    {
        IEnumerable<string> options = type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Select(option => option.Name);
        Assert.Equal(options.Order(), Rows(type.Name).Select(row => row[0]).Order());
        Assert.All(Rows(type.Name), row => Assert.True(row[1].Length > 0 && row[2].Length > 0, $"{row[0]} has no unit or no default"));
    }

    /// <summary>Every type of options of the SDK is in the list above.</summary>
    [Fact]
    public void Options_OfThePublicApi_AreAllDocumented() =>
        Assert.Equal(
            typeof(CodecClient)
                .Assembly.ExportedTypes.Where(type => type.GetMethod("<Clone>$") is not null && type.GetConstructor([]) is not null)
                .Select(type => type.Name)
                .Where(name => name != nameof(WatchRestored))
                .Order(),
            Options.Select(row => row.Data.Name).Order()
        );

    [Fact]
    public void Section_OfExceptions_HasARowForEach() =>
        Assert.Equal(
            typeof(CodecClient)
                .Assembly.ExportedTypes.Where(type => type.IsSubclassOf(typeof(CodecException)))
                .Select(type => type.Name)
                .Order(),
            Rows("What throws").Select(row => row[0]).Order()
        );

    /// <summary>Defaults that are a number or a switch are those of the code.</summary>
    [Fact]
    public void Defaults_OfTheDocument_AreThoseOfTheCode()
    {
        var client = new CodecClientOptions();
        string Default(string type, string option) => Rows(type).Single(row => row[0] == option)[2];
        Assert.Equal($"`{client.Address.OriginalString}`", Default(nameof(CodecClientOptions), nameof(client.Address)));
        Assert.Equal($"{client.CacheBytes >> 30} GiB", Default(nameof(CodecClientOptions), nameof(client.CacheBytes)));
        Assert.Equal($"{client.LoadedModels}", Default(nameof(CodecClientOptions), nameof(client.LoadedModels)));
        Assert.Equal($"{client.CallTimeout.TotalSeconds} s", Default(nameof(CodecClientOptions), nameof(client.CallTimeout)));
        Assert.Equal($"{client.MaxInFlight}", Default(nameof(CodecClientOptions), nameof(client.MaxInFlight)));
        Assert.Equal($"{client.MaxInFlightBytes >> 20} MiB", Default(nameof(CodecClientOptions), nameof(client.MaxInFlightBytes)));
        Assert.Equal($"{client.ReadAheadBytes >> 20} MiB", Default(nameof(CodecClientOptions), nameof(client.ReadAheadBytes)));
        Assert.Equal($"{client.MaxMessageBytes >> 20} MiB", Default(nameof(CodecClientOptions), nameof(client.MaxMessageBytes)));
        Assert.Equal($"{client.MaxImagePixels:N0}", Default(nameof(CodecClientOptions), nameof(client.MaxImagePixels)));
        ReconnectPolicy policy = client.Reconnect;
        Assert.Equal($"{policy.InitialDelay.TotalMilliseconds} ms", Default(nameof(ReconnectPolicy), nameof(policy.InitialDelay)));
        Assert.Equal($"{policy.MaxDelay.TotalSeconds} s", Default(nameof(ReconnectPolicy), nameof(policy.MaxDelay)));
        Assert.Equal($"{policy.MaxAttempts}", Default(nameof(ReconnectPolicy), nameof(policy.MaxAttempts)));
        var publisher = new PublisherOptions();
        Assert.Equal($"{publisher.CodesPerFrame}", Default(nameof(PublisherOptions), nameof(publisher.CodesPerFrame)));
        Assert.Equal($"{publisher.Linger.TotalMilliseconds} ms", Default(nameof(PublisherOptions), nameof(publisher.Linger)));
        Assert.Equal(
            $"{publisher.AcknowledgeTimeout.TotalMinutes} min",
            Default(nameof(PublisherOptions), nameof(publisher.AcknowledgeTimeout))
        );
    }

    /// <summary>The cells of the rows below a heading, up to the next heading.</summary>
    private static string[][] Rows(string heading)
    {
        string section = Heading().Split(Repository.Read("docs", "client.md")).Single(part => part.Split('\n')[0] == heading);
        return
        [
            .. section
                .Split('\n')
                .Where(line => line.StartsWith("| `", StringComparison.Ordinal))
                .Select(line => line.Split('|')[1..].Select(cell => cell.Trim()).ToArray())
                .Select(cells => (string[])[cells[0].Trim('`'), .. cells[1..]]),
        ];
    }

    [GeneratedRegex("^#+ ", RegexOptions.Multiline)]
    private static partial Regex Heading();
}
