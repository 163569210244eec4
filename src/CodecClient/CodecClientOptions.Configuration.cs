using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace Codec.Client;

public sealed partial record CodecClientOptions
{
    private delegate CodecClientOptions Setter(CodecClientOptions options, string text);

    /// <summary>The keys of a section; options that are code (handlers, a provider of tokens, the runtime of networks) have none.</summary>
    private static readonly Dictionary<string, Setter> Settings = new(StringComparer.OrdinalIgnoreCase)
    {
        [nameof(Address)] = (options, text) => options with { Address = ParseUri(text) },
        [nameof(CacheDirectory)] = (options, text) => options with { CacheDirectory = text.Length == 0 ? null : text },
        [nameof(CacheBytes)] = (options, text) => options with { CacheBytes = ParseLong(text) },
        [nameof(LoadedModels)] = (options, text) => options with { LoadedModels = ParseInt(text) },
        [nameof(CallTimeout)] = (options, text) => options with { CallTimeout = ParseTime(text) },
        [nameof(MaxInFlight)] = (options, text) => options with { MaxInFlight = ParseInt(text) },
        [nameof(MaxInFlightBytes)] = (options, text) => options with { MaxInFlightBytes = ParseLong(text) },
        [nameof(ReadAheadBytes)] = (options, text) => options with { ReadAheadBytes = ParseLong(text) },
        [nameof(MaxMessageBytes)] = (options, text) => options with { MaxMessageBytes = ParseInt(text) },
        [nameof(MaxImagePixels)] = (options, text) => options with { MaxImagePixels = ParseInt(text) },
        [nameof(Identity)] = (options, text) => options with { Identity = text },
        [nameof(ApiKey)] = (options, text) => options with { ApiKey = text },
        [nameof(AllowCredentialsInClearText)] = (options, text) => options with { AllowCredentialsInClearText = ParseBool(text) },
        [TlsKey(nameof(ClientTls.CaFile))] = OfTls((tls, text) => tls with { CaFile = text }),
        [TlsKey(nameof(ClientTls.CertificateFile))] = OfTls((tls, text) => tls with { CertificateFile = text }),
        [TlsKey(nameof(ClientTls.KeyFile))] = OfTls((tls, text) => tls with { KeyFile = text }),
        [ReconnectKey(nameof(ReconnectPolicy.InitialDelay))] = OfReconnect((own, text) => own with { InitialDelay = ParseTime(text) }),
        [ReconnectKey(nameof(ReconnectPolicy.MaxDelay))] = OfReconnect((own, text) => own with { MaxDelay = ParseTime(text) }),
        [ReconnectKey(nameof(ReconnectPolicy.MaxAttempts))] = OfReconnect((own, text) => own with { MaxAttempts = ParseInt(text) }),
        [ReconnectKey(nameof(ReconnectPolicy.RestoreForever))] = OfReconnect((own, text) => own with { RestoreForever = ParseBool(text) }),
    };

    /// <summary>Returns a copy with the values of a configuration's section.</summary>
    /// <remarks>
    /// The keys are the names of the options, and <c>Reconnect:MaxDelay</c> or <c>Tls:CaFile</c> for those below them. Bytes, pixels and
    /// counts are whole numbers, times are written as <c>00:00:30</c>, and an empty <see cref="CacheDirectory"/> means no cache on disk. A
    /// key without a value keeps the option. <see cref="Networks"/>, <see cref="ConnectCallback"/>, <see cref="CreateHandler"/> and
    /// <see cref="TokenProvider"/> are set in code: <c>options.Bind(section) with { TokenProvider = … }</c>.
    /// </remarks>
    /// <param name="section">The section; it contains keys of this client only.</param>
    /// <returns>The copy; its values are within their ranges.</returns>
    /// <exception cref="ArgumentException">
    /// A key is unknown, or a value cannot be read or is outside its range; the message names the key, the value and what is allowed.
    /// </exception>
    public CodecClientOptions Bind(IConfiguration section)
    {
        ArgumentNullException.ThrowIfNull(section);
        string path = section is IConfigurationSection { Path: var name } ? $"{name}:" : "";
        CodecClientOptions bound = this;
        foreach ((string key, string text) in Read(section, ""))
        {
            if (!Settings.TryGetValue(key, out Setter? set))
            {
                throw new ArgumentException(
                    $"The setting {path}{key} is unknown; allowed: {string.Join(", ", Settings.Keys)}.",
                    nameof(section)
                );
            }

            try
            {
                bound = set(bound, text);
            }
            catch (FormatException exception)
            {
                throw new ArgumentException(
                    $"The setting {path}{key} is '{text}'; allowed: {exception.Message}.",
                    nameof(section),
                    exception
                );
            }
        }

        try
        {
            bound.Validate();
            return bound;
        }
        catch (ArgumentException exception) when (exception.ParamName is { } option)
        {
            string key =
                Settings.Keys.FirstOrDefault(known => known == option || known == ReconnectKey(option)) ?? option.Replace('.', ':');
            throw new ArgumentException($"The setting {path}{key} is invalid. {exception.Message}", nameof(section), exception);
        }
    }

    private static IEnumerable<(string Key, string Text)> Read(IConfiguration section, string prefix)
    {
        foreach (IConfigurationSection child in section.GetChildren())
        {
            if (child.Value is { } text)
                yield return ($"{prefix}{child.Key}", text);
            foreach ((string, string) below in Read(child, $"{prefix}{child.Key}:"))
                yield return below;
        }
    }

    private static string ReconnectKey(string option) => $"{nameof(Reconnect)}:{option}";

    private static string TlsKey(string option) => $"{nameof(Tls)}:{option}";

    private static Setter OfReconnect(Func<ReconnectPolicy, string, ReconnectPolicy> set) =>
        (options, text) => options with { Reconnect = set(options.Reconnect, text) };

    private static Setter OfTls(Func<ClientTls, string, ClientTls> set) =>
        (options, text) => options with { Tls = set(options.Tls ?? new ClientTls(), text) };

    private static Uri ParseUri(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out Uri? uri)
            ? uri
            : throw new FormatException("an absolute address such as http://127.0.0.1:5080");

    private static int ParseInt(string text) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number)
            ? number
            : throw new FormatException("a whole number of 32 bits");

    private static long ParseLong(string text) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number)
            ? number
            : throw new FormatException("a whole number of bytes");

    private static TimeSpan ParseTime(string text) =>
        TimeSpan.TryParseExact(text, ["c", @"h\:mm\:ss"], CultureInfo.InvariantCulture, out TimeSpan time)
            ? time
            : throw new FormatException("a time such as 00:00:30 (hours, minutes, seconds) or 00:00:00.250");

    private static bool ParseBool(string text) => bool.TryParse(text, out bool value) ? value : throw new FormatException("true or false");
}
