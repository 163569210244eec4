using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Codec.Server.Options;

/// <summary>How the server listens, logs and stops: section <c>Codec</c>.</summary>
internal sealed class ServerOptions
{
    /// <summary>The address to listen on.</summary>
    [Description("Address to listen on, HTTP/2 in clear text; port 0 takes a free one")]
    [
        Required,
        RegularExpression(@"https?://[^/\s]+:\d{1,5}/?", ErrorMessage = "{0} must be a URL with a port, such as http://127.0.0.1:5080.")
    ]
    public string Listen { get; set; } = "http://127.0.0.1:5080";

    /// <summary>Where to write the bound address; empty writes none.</summary>
    [Description("File that receives the bound address once the server listens, for scripts")]
    public string AddressFile { get; set; } = "";

    /// <summary>Whether the console's logs are JSON.</summary>
    [Description("Write logs to the console as one JSON object a line")]
    public bool JsonLogs { get; set; }

    /// <summary>How long calls may take to end when the server stops, in seconds.</summary>
    [Description("Seconds that calls get to end in when the server stops")]
    [Range(1, 300)]
    public int DrainSeconds { get; set; } = 10;

    /// <summary>
    /// Most bytes of one message: the default fits the largest image file by default; what a producer's frame may have is bounded by it
    /// too.
    /// At least a manifest (1 MiB) must fit.
    /// </summary>
    [Description("Most bytes of one message that the server accepts")]
    [Range(3 << 20, 128 << 20)]
    public int MaxMessageBytes { get; set; } = 24 << 20;
}
