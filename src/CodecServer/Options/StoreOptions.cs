using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Codec.Models;

namespace Codec.Server.Options;

/// <summary>The embedded store: section <c>Codec:Store</c>.</summary>
internal sealed class StoreOptions
{
    /// <summary>The one directory that holds everything; created where it is missing.</summary>
    [Description("Directory that holds everything; one server at a time")]
    [Required]
    public string DataDirectory { get; set; } = "data";

    /// <summary>Most bytes of one blob.</summary>
    [Description("Most bytes of one blob")]
    [Range(1L, ModelLimits.MaxBlobBytes)]
    public long MaxBlobBytes { get; set; } = ModelLimits.MaxBlobBytes;

    /// <summary>Most blobs that are uploaded at the same time; a further one is told to try again.</summary>
    [Description("Most blobs being uploaded at the same time")]
    [Range(1, 1024)]
    public int MaxUploads { get; set; } = 16;

    /// <summary>How long an upload may be silent before it ends, keeping what it brought, in seconds.</summary>
    [Description("Seconds that an upload may be silent before it is ended; it can be resumed")]
    [Range(1, 3600)]
    public int UploadIdleSeconds { get; set; } = 30;

    /// <summary>Most versions of all models together.</summary>
    [Description("Most versions of all models together")]
    [Range(1, 10_000)]
    public int MaxVersions { get; set; } = 10_000;

    /// <summary>Writes that wait for the disk, per database; producers wait beyond it.</summary>
    [Description("Writes that may wait for the disk; writers wait beyond it")]
    [Range(1, 4096)]
    public int WriteQueueLength { get; set; } = 256;

    /// <summary>Most bytes of each of the two databases; 0 for as much as the disk holds.</summary>
    [Description("Most bytes of the registry's and of the channel log's database; 0: as the disk allows")]
    [Range(typeof(long), "0", "1125899906842624")]
    public long MaxDatabaseBytes { get; set; }
}
