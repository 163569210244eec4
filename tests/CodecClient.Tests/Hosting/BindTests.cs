using System.Reflection;
using Microsoft.Extensions.Configuration;

namespace Codec.Client.Tests.Hosting;

public sealed class BindTests
{
    /// <summary>Options that a text cannot express.</summary>
    private static readonly string[] InCode = ["Networks", "ConnectCallback", "CreateHandler", "TokenProvider"];

    [Fact]
    public void Bind_EachKey_SetsItsOption()
    {
        CodecClientOptions bound = new CodecClientOptions().Bind(
            Section(
                ("Address", "https://codec.example:443"),
                ("CacheDirectory", "/var/cache/codec"),
                ("CacheBytes", "2097152"),
                ("LoadedModels", "3"),
                ("CallTimeout", "00:00:05"),
                ("MaxInFlight", "7"),
                ("MaxInFlightBytes", "1048577"),
                ("ReadAheadBytes", "1048578"),
                ("MaxMessageBytes", "4194305"),
                ("MaxImagePixels", "1000"),
                ("Identity", "gate"),
                ("ApiKey", "codec_1"),
                ("AllowCredentialsInClearText", "true"),
                ("Tls:CaFile", "/tls/ca.pem"),
                ("Tls:CertificateFile", "/tls/client.pem"),
                ("Tls:KeyFile", "/tls/client.key"),
                ("reconnect:initialdelay", "00:00:00.250"),
                ("Reconnect:MaxDelay", "00:00:02"),
                ("Reconnect:MaxAttempts", "2"),
                ("Reconnect:RestoreForever", "False")
            )
        );

        var expected = new CodecClientOptions
        {
            Address = new Uri("https://codec.example:443"),
            CacheDirectory = "/var/cache/codec",
            CacheBytes = 2097152,
            LoadedModels = 3,
            CallTimeout = TimeSpan.FromSeconds(5),
            MaxInFlight = 7,
            MaxInFlightBytes = 1048577,
            ReadAheadBytes = 1048578,
            MaxMessageBytes = 4194305,
            MaxImagePixels = 1000,
            Identity = "gate",
            ApiKey = "codec_1",
            AllowCredentialsInClearText = true,
            Tls = new ClientTls
            {
                CaFile = "/tls/ca.pem",
                CertificateFile = "/tls/client.pem",
                KeyFile = "/tls/client.key",
            },
            Reconnect = new ReconnectPolicy
            {
                InitialDelay = TimeSpan.FromMilliseconds(250),
                MaxDelay = TimeSpan.FromSeconds(2),
                MaxAttempts = 2,
                RestoreForever = false,
            },
        };
        Assert.Equal(expected, bound);
    }

    /// <summary>A new option must become a key too, or be named as one that is set in code.</summary>
    [Fact]
    public void Bind_UnknownKey_ListsTheKeysOfAllOptions()
    {
        string message = Failure(("Adress", "http://127.0.0.1:1"));

        Assert.StartsWith("The setting Codec:Adress is unknown; allowed: ", message, StringComparison.Ordinal);
        IEnumerable<string> options = Names(typeof(CodecClientOptions))
            .Except([.. InCode, "Reconnect", "Tls"])
            .Concat(Names(typeof(ClientTls)).Select(name => $"Tls:{name}"))
            .Concat(Names(typeof(ReconnectPolicy)).Select(name => $"Reconnect:{name}"));
        Assert.Equal(options.Order(), message.Split("allowed: ")[1].Split(". (")[0].TrimEnd('.').Split(", ").Order());
    }

    [Theory]
    [InlineData("CallTimeout", "soon", "is 'soon'; allowed: a time such as 00:00:30")]
    [InlineData("CallTimeout", "1.00:00:01", "allowed: above 0 and at most a day")]
    [InlineData("MaxInFlight", "many", "is 'many'; allowed: a whole number")]
    [InlineData("MaxInFlight", "2000", "'2000'; allowed: 1 to 1024")]
    [InlineData("CacheBytes", "1 GiB", "is '1 GiB'; allowed: a whole number of bytes")]
    [InlineData("CacheBytes", "1000", "'1000'; allowed: 1 MiB (1048576) or more")]
    [InlineData("Address", "server", "is 'server'; allowed: an absolute address such as http://127.0.0.1:5080")]
    [InlineData("Address", "ftp://server", "allowed: an absolute http or https address")]
    [InlineData("Reconnect:RestoreForever", "yes", "is 'yes'; allowed: true or false")]
    [InlineData("Reconnect:MaxAttempts", "-1", "'-1'; allowed: 0 or more")]
    [InlineData("Reconnect:MaxAttempt", "1", "is unknown; allowed: Address")]
    public void Bind_WrongValue_NamesTheKeyTheValueAndTheRange(string key, string value, string expected)
    {
        string message = Failure((key, value));
        Assert.StartsWith($"The setting Codec:{key} is ", message, StringComparison.Ordinal);
        Assert.Contains(expected, message, StringComparison.Ordinal);
    }

    [Fact]
    public void Bind_WrongApiKey_DoesNotShowIt() =>
        Assert.DoesNotContain("secret", Failure(("ApiKey", "Bearer secret")), StringComparison.Ordinal);

    [Fact]
    public void Bind_AbsentOrNullValues_KeepTheOptions()
    {
        var options = new CodecClientOptions { MaxInFlight = 5 };
        Assert.Equal(options, options.Bind(Section()));
        Assert.Equal(options, options.Bind(Section(("MaxInFlight", null))));
        Assert.Null(options.Bind(Section(("CacheDirectory", ""))).CacheDirectory);
    }

    private static string Failure(params (string Key, string? Value)[] settings) =>
        Assert.Throws<ArgumentException>(() => new CodecClientOptions().Bind(Section(settings))).Message;

    private static IConfigurationSection Section(params (string Key, string? Value)[] settings) =>
        new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create($"Codec:{setting.Key}", setting.Value)))
            .Build()
            .GetSection("Codec");

    private static IEnumerable<string> Names(Type options) =>
        options.GetProperties(BindingFlags.Public | BindingFlags.Instance).Select(property => property.Name);
}
