using Codec.Models;

namespace Codec.Client;

/// <summary>A named codec on the server.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Versions">How many versions it has.</param>
/// <param name="Aliases">Its aliases, by name.</param>
public sealed record ModelInfo(string Name, int Versions, IReadOnlyList<AliasInfo> Aliases);

/// <summary>A version of a model on the server.</summary>
/// <param name="Model">The model's name.</param>
/// <param name="Digest">SHA-256 of its manifest.</param>
/// <param name="Publisher">Who published it.</param>
/// <param name="PublishedAt">When the server acknowledged it.</param>
/// <param name="Size">Bytes of manifest and blobs together.</param>
public sealed record VersionInfo(string Model, Digest Digest, string Publisher, DateTimeOffset PublishedAt, long Size);

/// <summary>An alias as it stands, or as it once stood.</summary>
/// <param name="Model">The model's name.</param>
/// <param name="Name">The alias: <c>live</c>, <c>canary</c>.</param>
/// <param name="Version">The version that it points to; null where it was deleted.</param>
/// <param name="Revision">Grows by one with each move; 1 is the first.</param>
/// <param name="MovedBy">Who moved it.</param>
/// <param name="MovedAt">When.</param>
public sealed record AliasInfo(string Model, string Name, Digest? Version, long Revision, string MovedBy, DateTimeOffset MovedAt);

/// <summary>How far an upload is.</summary>
/// <param name="Sent">Bytes of blobs that the server has, whether sent now or before.</param>
/// <param name="Total">Bytes of all blobs.</param>
public readonly record struct UploadProgress(long Sent, long Total);
