using Codec.Models;

namespace Codec.Server.Stores.Embedded;

/// <summary>Names the files of a data directory, and of a backup, which has the same layout.</summary>
/// <param name="Root">The directory's absolute path.</param>
internal sealed record DataLayout(string Root)
{
    /// <summary>Complete, verified blobs: <c>ab/abcd…</c>.</summary>
    public string Blobs => Path.Combine(Root, "blobs");

    /// <summary>Incomplete uploads, named by digest.</summary>
    public string Uploads => Path.Combine(Root, "uploads");

    /// <summary>The model registry's database.</summary>
    public string Registry => Path.Combine(Root, "registry.db");

    /// <summary>The channel log's database.</summary>
    public string ChannelLog => Path.Combine(Root, "channels.db");

    /// <summary>Credentials that commands created.</summary>
    public string Credentials => Path.Combine(Root, "credentials.json");

    /// <summary>The file that the process which uses the directory holds locked.</summary>
    public string Lock => Path.Combine(Root, "lock");

    /// <summary>A file that exists while a restore is unfinished; no server starts on such a directory.</summary>
    public string Restoring => Path.Combine(Root, "restoring");

    /// <summary>The file of a complete blob.</summary>
    public string Blob(Digest digest) => Path.Combine(Blobs, digest.Hex[..2], digest.Hex);
}
