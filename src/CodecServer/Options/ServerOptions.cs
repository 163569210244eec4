using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Codec.Server.Options;

/// <summary>How the server listens, logs and stops: section <c>Codec</c>.</summary>
[Description("How the server listens, logs and stops")]
internal sealed class ServerOptions
{
    /// <summary>The address to listen on.</summary>
    [Description("Address to listen on for clients, HTTP/2: http in clear text, https with TLS; port 0 selects a free port")]
    [ListenAddress]
    public string Listen { get; set; } = "http://127.0.0.1:5080";

    /// <summary>
    /// The file to write the bound addresses to, one a line: the public one, then that of operations if there is one. Empty writes none.
    /// </summary>
    [Description("File that receives the bound addresses, the public one first, once the server listens; empty writes none")]
    public string AddressFile { get; set; } = "";

    /// <summary>Whether the console log is JSON.</summary>
    [Description("Write the console log as one JSON object per line")]
    public bool JsonLogs { get; set; }

    /// <summary>Whether the end of the standard input stops the server.</summary>
    [Description(
        "Stop when the standard input ends: the program that started the server holds the other end of a pipe, and the server ends with it"
    )]
    public bool StopWithInput { get; set; }

    /// <summary>
    /// Whether gRPC reflection lists the services and their messages, for tools such as grpcurl. Off: it shows a stranger what there is to
    /// call, and clients have the protos.
    /// </summary>
    [Description("Answer gRPC reflection, with which tools such as grpcurl list services and messages")]
    public bool Reflection { get; set; }

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
