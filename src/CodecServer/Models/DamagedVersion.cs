using Codec.Models;

namespace Codec.Server.Models;

/// <summary>A version that cannot be loaded because stored bytes changed or are missing.</summary>
/// <param name="Model">The model's name.</param>
/// <param name="Version">The version.</param>
/// <param name="Problem">What is wrong.</param>
internal sealed record DamagedVersion(string Model, Digest Version, string Problem);
