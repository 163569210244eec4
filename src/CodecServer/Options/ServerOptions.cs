using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Codec.Server.Options;

/// <summary>How the server listens, logs and stops: section <c>Codec</c>.</summary>
internal sealed class ServerOptions
{
    /// <summary>The address to listen on.</summary>
    [Description("Address to listen on, HTTP/2 in clear text; port 0 selects a free port")]
    [
        Required,
        RegularExpression(
            @"https?://[^/\s]+:(6553[0-5]|655[0-2]\d|65[0-4]\d{2}|6[0-4]\d{3}|[1-5]\d{4}|\d{1,4})/?",
            ErrorMessage = "{0} must be a URL with a port of 0 to 65535 and no path, such as http://127.0.0.1:5080."
        )
    ]
    public string Listen { get; set; } = "http://127.0.0.1:5080";

    /// <summary>The file to write the bound address to; empty writes none.</summary>
    [Description("File that receives the bound address once the server listens, for scripts; empty writes none")]
    public string AddressFile { get; set; } = "";

    /// <summary>Whether the console log is JSON.</summary>
    [Description("Write the console log as one JSON object per line")]
    public bool JsonLogs { get; set; }

    /// <summary>Seconds that running calls have to complete when the server stops.</summary>
    [Description("Seconds that running calls have to complete when the server stops")]
    [Range(1, 300)]
    public int DrainSeconds { get; set; } = 10;

    /// <summary>
    /// Maximum number of bytes of one message, which also bounds a producer's frame. The default fits the largest image file that is
    /// allowed by default; the minimum fits a manifest (1 MiB).
    /// </summary>
    [Description("Maximum number of bytes of one message that the server accepts")]
    [Range(3 << 20, 128 << 20)]
    public int MaxMessageBytes { get; set; } = 24 << 20;
}
