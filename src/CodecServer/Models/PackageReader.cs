using Codec.Errors;
using Codec.Models;
using Codec.Server.Stores;

namespace Codec.Server.Models;

/// <summary>Reads model packages from a blob store.</summary>
internal static class PackageReader
{
    /// <summary>Reads every blob that a manifest lists; the package verifies each digest.</summary>
    /// <exception cref="InvalidModelException">The manifest is malformed, or a blob has another size than it states.</exception>
    /// <exception cref="RequestException">NotFound: a blob is missing. DataLoss: one is known to be damaged.</exception>
    public static async Task<ModelPackage> ReadAsync(IBlobStore store, ReadOnlyMemory<byte> manifest, CancellationToken cancellationToken)
    {
        var blobs = new Dictionary<Digest, ReadOnlyMemory<byte>>();
        foreach (BlobEntry blob in ModelManifest.Parse(manifest.Span).Blobs)
        {
            await using Stream stream = await store.OpenAsync(blob.Digest, cancellationToken);
            if (stream.Length != blob.Size)
                throw new InvalidModelException($"blob {blob.Digest}", $"it has {stream.Length} bytes; the manifest states {blob.Size}.");

            byte[] bytes = GC.AllocateUninitializedArray<byte>((int)stream.Length);
            await stream.ReadExactlyAsync(bytes, cancellationToken);
            blobs.Add(blob.Digest, bytes);
        }

        return new ModelPackage(manifest, blobs);
    }
}
