using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Codec.Server.Options;

/// <summary>Models: section <c>Codec:Models</c>.</summary>
[Description("Models")]
internal sealed class ModelOptions
{
    /// <summary>
    /// Maximum number of live versions in memory, and of others; the least recently used one is unloaded first. Live versions, up to this
    /// number, are never unloaded for others.
    /// </summary>
    [Description("Maximum number of live versions loaded at the same time, and of others")]
    [Range(1, 1024)]
    public int MaxLoaded { get; set; } = 16;

    /// <summary>Maximum number of bytes of all blobs of one version together.</summary>
    [Description("Maximum number of bytes of all blobs of one version together")]
    [Range(1L, 4L << 30)]
    public long MaxModelBytes { get; set; } = 1L << 30;

    /// <summary>
    /// The directory of the shipped models, relative to the executable. Each model is published, with the alias <c>live</c>, by a server
    /// that has never had a model of its name. Empty publishes none.
    /// </summary>
    [Description("Directory, relative to the executable, of model files to publish if their names are new; empty publishes none")]
    public string ShippedModels { get; set; } = "models";
}
