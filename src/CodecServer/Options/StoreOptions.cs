using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Codec.Models;

namespace Codec.Server.Options;

/// <summary>The store: section <c>Codec:Store</c>.</summary>
[Description("Where data is kept, and how much of it; see [store.md](store.md)")]
internal sealed class StoreOptions
{
    /// <summary>The store in one directory of this process.</summary>
    public const string Embedded = "embedded";

    /// <summary>Which store to use.</summary>
    [Description("Store for models, blobs and channels; embedded keeps them in the data directory")]
    [AllowedValues(Embedded)]
    [Switch("--store")]
    public string Kind { get; set; } = Embedded;

    /// <summary>The directory of the embedded store; created if it is missing.</summary>
    [Description("Directory that holds all data; one server at a time")]
    [Required]
    public string DataDirectory { get; set; } = "data";

    /// <summary>Whether the data directory is deleted when the server ends. Older data in it would be lost.</summary>
    [Description("Delete the data directory when the server ends; it must be empty at the start")]
    public bool Temporary { get; set; }

    /// <summary>
    /// Whether to start on a store that lost data, and to go on with what is left. Without it, such a start ends with the reason.
    /// </summary>
    [Description("Start although the store lost data, such as a database or its last commits, and go on with what is left; for one start")]
    public bool AcceptLoss { get; set; }

    /// <summary>Which replica this process is; 0 for the first or only one.</summary>
    [Description("Number of this replica, such as the index of a StatefulSet's pod; the embedded store runs in replica 0 only")]
    [Range(0, 65535)]
    public int Replica { get; set; }

    /// <summary>Maximum number of bytes of one blob.</summary>
    [Description("Maximum number of bytes of one blob")]
    [Range(1L, ModelLimits.MaxBlobBytes)]
    public long MaxBlobBytes { get; set; } = ModelLimits.MaxBlobBytes;

    /// <summary>
    /// Maximum number of bytes of all blobs together, those of unfinished uploads included, so that model files do not take the space of
    /// channels; 0 for no bound but the disk.
    /// </summary>
    [Description("Maximum number of bytes of all model files together, unfinished uploads included; 0 sets no bound")]
    [Range(typeof(long), "0", "1125899906842624")]
    public long ModelQuotaBytes { get; set; }

    /// <summary>Maximum number of blobs being uploaded at the same time; a further upload is refused with a retry delay.</summary>
    [Description("Maximum number of blobs being uploaded at the same time")]
    [Range(1, 1024)]
    public int MaxUploads { get; set; } = 16;

    /// <summary>
    /// Maximum number of blobs that one caller uploads at the same time; callers without a proven name count by their address.
    /// </summary>
    [Description("Maximum number of blobs that one caller, or one address, uploads at the same time")]
    [Range(1, 1024)]
    public int MaxUploadsPerCaller { get; set; } = 8;

    /// <summary>Seconds in which an upload must bring 64 KiB, or its rest. One that does not ends; the received bytes are kept.</summary>
    [Description("Seconds in which an upload must bring 64 KiB or its rest; one that does not ends, and can be resumed")]
    [Range(1, 3600)]
    public int UploadIdleSeconds { get; set; } = 30;

    /// <summary>
    /// Hours that a blob which no version lists is kept after it was completed or queried, and an upload after its last byte.
    /// </summary>
    [Description(
        "Hours that a blob is kept which no version lists, after it was uploaded or queried; also an upload that does not continue"
    )]
    [Range(1, 24 * 365)]
    public int UnlistedBlobHours { get; set; } = 24;

    /// <summary>Maximum number of versions of all models together.</summary>
    [Description("Maximum number of versions of all models together")]
    [Range(1, 10_000)]
    public int MaxVersions { get; set; } = 10_000;

    /// <summary>Maximum number of aliases of one model.</summary>
    [Description("Maximum number of aliases of one model")]
    [Range(1, 256)]
    public int MaxAliases { get; set; } = 64;

    /// <summary>
    /// Moves of an alias that its history keeps. Of the deleted aliases of a model, as many as <see cref="MaxAliases"/> keep a history.
    /// </summary>
    [Description("Newest moves that the history of an alias keeps; as many deleted aliases of a model as it may have aliases keep one")]
    [Range(1, 100_000)]
    public int AliasHistory { get; set; } = 1000;

    /// <summary>Maximum number of writes that wait for the disk, for each database; further writers wait for a place.</summary>
    [Description("Maximum number of writes that wait for the disk; further writers wait for a place")]
    [Range(1, 4096)]
    public int WriteQueueLength { get; set; } = 256;

    /// <summary>Maximum size in bytes of each of the two databases; 0 for no bound but the disk.</summary>
    [Description("Maximum size in bytes of each database, the registry's and the channel log's; 0 sets no bound")]
    [Range(typeof(long), "0", "1125899906842624")]
    public long MaxDatabaseBytes { get; set; }
}
