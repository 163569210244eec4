using Codec.Models;

namespace Codec.Client;

/// <summary>An image that the server encoded.</summary>
/// <param name="Version">The version that encoded it; decoding needs the same version.</param>
/// <param name="Quality">The requested quality.</param>
/// <param name="Code">The code; owned by the caller.</param>
public sealed record EncodedImage(Digest Version, int Quality, ReadOnlyMemory<byte> Code);
