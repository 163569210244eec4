using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;

namespace Codec.Server.Options;

/// <summary>An address to listen on, such as <c>http://127.0.0.1:5080</c>.</summary>
/// <param name="IsTls">Whether connections are encrypted: the scheme is https.</param>
/// <param name="Host"><c>*</c> for every address of the machine, <c>localhost</c>, or an IP address (IPv6 in brackets).</param>
/// <param name="Port">0 to 65535; 0 selects a free port.</param>
internal sealed partial record ListenAddress(bool IsTls, string Host, int Port)
{
    /// <summary>Whether only programs on this machine reach it.</summary>
    public bool IsLoopback => Host == "localhost" || (Address is { } address && IPAddress.IsLoopback(address));

    /// <summary>The IP address; null for every address and for localhost.</summary>
    public IPAddress? Address => IPAddress.TryParse(Host, out IPAddress? address) ? address : null;

    /// <summary>Parses an address that was validated.</summary>
    /// <exception cref="FormatException">It is not an address to listen on.</exception>
    public static ListenAddress Parse(string text) => TryParse(text) ?? throw new FormatException($"'{text}' is no address to listen on.");

    /// <summary>Parses an address; returns null if it is not one.</summary>
    public static ListenAddress? TryParse(string text)
    {
        Match match = Pattern().Match(text);
        if (!match.Success || !int.TryParse(match.Groups["port"].ValueSpan, CultureInfo.InvariantCulture, out int port) || port > 65535)
            return null;

        var address = new ListenAddress(
            match.Groups["tls"].Success,
            match.Groups["host"].Value is "+" ? "*" : match.Groups["host"].Value,
            port
        );
        return address.Host is "*" or "localhost" || address.Address is not null ? address : null;
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"http{(IsTls ? "s" : "")}://{Host}:{Port}");

    [GeneratedRegex(@"^http(?<tls>s)?://(?<host>[*+]|localhost|\d{1,3}(\.\d{1,3}){3}|\[[0-9a-fA-F:.%]+\]):(?<port>\d{1,5})/?$")]
    private static partial Regex Pattern();
}

/// <summary>Requires an address to listen on.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class ListenAddressAttribute : ValidationAttribute
{
    /// <summary>Whether an empty value, for no endpoint, is allowed too.</summary>
    public bool MayBeEmpty { get; init; }

    /// <summary>Whether https is allowed.</summary>
    public bool MayBeTls { get; init; } = true;

    /// <inheritdoc/>
    public override bool IsValid(object? value) =>
        value is string text
        && (
            text.Length == 0
                ? MayBeEmpty
                : ListenAddress.TryParse(text) is { } address
                    && (MayBeTls || !address.IsTls)
                    && address is not { Host: "localhost", Port: 0 }
        );

    /// <summary>What a value must look like.</summary>
    public string Form =>
        (MayBeEmpty ? "Empty, or " : "")
        + (MayBeTls ? "an http or https URL" : "an http URL")
        + " with an IP address, localhost or * and a port of 0 to 65535, without a path (localhost, which has two addresses, has no port 0)";
}
