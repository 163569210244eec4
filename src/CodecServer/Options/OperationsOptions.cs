using System.ComponentModel;

namespace Codec.Server.Options;

/// <summary>
/// The operations endpoint, for those who run the server: health, and metrics. It is HTTP/1.1 in clear text without authentication, and
/// belongs on loopback or inside a pod: section <c>Codec:Operations</c>.
/// </summary>
[Description("The endpoint for those who run the server; see [operations.md](operations.md#endpoints-and-health)")]
internal sealed class OperationsOptions
{
    /// <summary>The address of the operations endpoint; empty for none.</summary>
    [Description("Address of the operations endpoint (health), HTTP/1.1 in clear text; port 0 selects a free port, empty sets none")]
    [ListenAddress(MayBeEmpty = true, MayBeTls = false)]
    [Switch("--operations-listen")]
    public string Listen { get; set; } = "";
}
