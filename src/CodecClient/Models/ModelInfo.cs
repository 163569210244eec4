using Codec.Models;

namespace Codec.Client;

/// <summary>A named codec on the server.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Versions">Number of versions.</param>
/// <param name="Aliases">Its aliases, sorted by name.</param>
public sealed record ModelInfo(string Name, int Versions, IReadOnlyList<AliasInfo> Aliases);

/// <summary>A version of a model on the server.</summary>
/// <param name="Model">The model's name.</param>
/// <param name="Digest">SHA-256 of its manifest.</param>
/// <param name="Publisher">Who published it.</param>
/// <param name="PublishedAt">Time at which the server acknowledged it.</param>
/// <param name="Size">Bytes of the manifest and all blobs together.</param>
public sealed record VersionInfo(string Model, Digest Digest, string Publisher, DateTimeOffset PublishedAt, long Size);

/// <summary>The progress of an upload.</summary>
/// <param name="Sent">Bytes of blobs that the server has, from this upload or an earlier one.</param>
/// <param name="Total">Bytes of all blobs.</param>
public readonly record struct UploadProgress(long Sent, long Total);
