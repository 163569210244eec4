using System.IO.Compression;
using System.IO.Hashing;
using Codec.Errors;

namespace Codec.Models;

/// <summary>Holds a manifest's exact bytes and blobs: all of them in a model file, or only those that a client needs.</summary>
/// <remarks>A model file (<c>faces-32.codec</c>) is a zip archive with <c>manifest.json</c> and <c>blobs/&lt;digest&gt;</c>.</remarks>
public sealed class ModelPackage
{
    private const string ManifestName = "manifest.json";
    private const string BlobPrefix = "blobs/";

    /// <summary>Creates a package and verifies each blob against the manifest's digest and size.</summary>
    /// <param name="manifest">The manifest's exact bytes; borrowed; the caller must not change them while the package is in use.</param>
    /// <param name="blobs">
    /// Blobs by digest; borrowed, under the same condition. Some may be missing; a blob that the manifest does not list is refused.
    /// </param>
    /// <exception cref="InvalidModelException">The manifest is malformed, or a blob does not match it.</exception>
    public ModelPackage(ReadOnlyMemory<byte> manifest, IReadOnlyDictionary<Digest, ReadOnlyMemory<byte>> blobs)
    {
        ArgumentNullException.ThrowIfNull(blobs);
        Manifest = ModelManifest.Parse(manifest.Span);
        ManifestBytes = manifest;
        Version = Digest.Of(manifest.Span);
        Dictionary<Digest, long> listed = Manifest.Blobs.ToDictionary(blob => blob.Digest, blob => blob.Size);
        foreach ((Digest digest, ReadOnlyMemory<byte> bytes) in blobs)
        {
            if (!listed.TryGetValue(digest, out long size))
                throw new InvalidModelException($"blob {digest}", "the manifest does not list it; leave it out.");
            if (bytes.Length != size)
                throw new InvalidModelException($"blob {digest}", $"it has {bytes.Length} bytes; the manifest says {size}.");
            if (Digest.Of(bytes.Span) is var actual && actual != digest)
                throw new InvalidModelException($"blob {digest}", $"its bytes have the digest {actual}; fetch it again.");
        }

        Blobs = blobs;
    }

    /// <summary>The manifest, parsed.</summary>
    public ModelManifest Manifest { get; }

    /// <summary>The manifest's exact bytes.</summary>
    public ReadOnlyMemory<byte> ManifestBytes { get; }

    /// <summary>SHA-256 of the manifest's bytes: the version's name.</summary>
    public Digest Version { get; }

    /// <summary>The blobs that the package holds, verified.</summary>
    public IReadOnlyDictionary<Digest, ReadOnlyMemory<byte>> Blobs { get; }

    /// <summary>Reads a model file.</summary>
    /// <exception cref="InvalidModelException">The file is not a whole model file, or exceeds a bound.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static ModelPackage Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using FileStream file = File.OpenRead(path);
        return Load(file, Path.GetFileName(path));
    }

    /// <summary>Reads a model file from a stream, such as an embedded resource.</summary>
    /// <param name="stream">The file from its start; it can seek. Left open.</param>
    /// <exception cref="InvalidModelException">The stream is not a whole model file, or exceeds a bound.</exception>
    /// <exception cref="ArgumentException">The stream cannot seek; copy it into a <see cref="MemoryStream"/> first.</exception>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    public static ModelPackage Load(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        // ZipArchive would buffer all of a stream that cannot seek, without a bound.
        return stream.CanSeek
            ? Load(stream, "model file")
            : throw new ArgumentException("The stream cannot seek; copy it into a MemoryStream first.", nameof(stream));
    }

    /// <summary>Writes a model file; the file appears under its name only when it is complete.</summary>
    /// <exception cref="InvalidOperationException">The package lacks a blob that the manifest lists.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    public void Save(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (Manifest.Blobs.FirstOrDefault(blob => !Blobs.ContainsKey(blob.Digest)) is { } missing)
        {
            throw new InvalidOperationException(
                $"The package lacks blob {missing.Digest}; a model file holds every blob that its manifest lists. Fetch it first."
            );
        }

        string partial = $"{path}.{Environment.ProcessId}.partial";
        try
        {
            using (FileStream file = File.Create(partial))
            {
                using (var archive = new ZipArchive(file, ZipArchiveMode.Create, leaveOpen: true))
                {
                    Write(archive, ManifestName, ManifestBytes.Span);
                    foreach (BlobEntry blob in Manifest.Blobs)
                        Write(archive, BlobPrefix + blob.Digest, Blobs[blob.Digest].Span);
                }

                file.Flush(flushToDisk: true);
            }

            File.Move(partial, path, overwrite: true);
        }
        finally
        {
            File.Delete(partial);
        }
    }

    /// <summary>Returns the bytes of a blob.</summary>
    /// <exception cref="InvalidModelException">The package lacks it.</exception>
    internal ReadOnlyMemory<byte> Require(BlobEntry blob, string role) =>
        Blobs.TryGetValue(blob.Digest, out ReadOnlyMemory<byte> bytes)
            ? bytes
            : throw new InvalidModelException(role, $"the package lacks its blob {blob.Digest}; fetch it first.");

    private static ModelPackage Load(Stream stream, string name)
    {
        try
        {
            using var archive = new ZipArchive(stream, ZipArchiveMode.Read, leaveOpen: true);
            byte[] manifestBytes = Read(archive, ManifestName, ModelLimits.MaxManifestBytes);
            ModelManifest manifest = ModelManifest.Parse(manifestBytes);
            var blobs = new Dictionary<Digest, ReadOnlyMemory<byte>>();
            foreach (BlobEntry blob in manifest.Blobs)
                blobs.Add(blob.Digest, Read(archive, BlobPrefix + blob.Digest, blob.Size));
            return new ModelPackage(manifestBytes, blobs);
        }
        catch (InvalidDataException exception)
        {
            throw new InvalidModelException(name, $"it is not a whole zip archive: {exception.Message}", exception);
        }
    }

    private static byte[] Read(ZipArchive archive, string name, long limit)
    {
        ZipArchiveEntry entry = archive.GetEntry(name) ?? throw new InvalidModelException(name, "the model file has no such entry.");
        if (entry.Length > limit)
            throw new InvalidModelException(name, $"it has {entry.Length} bytes; at most {limit} are allowed.");
        // The stated length is within the limit; an entry that inflates to another length is refused.
        byte[] bytes = new byte[entry.Length];
        using Stream stream = entry.Open();
        int length = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        if (length < bytes.Length || stream.ReadByte() >= 0)
            throw new InvalidModelException(name, $"it does not inflate to the {entry.Length} bytes that the archive states.");
        // ZipArchive does not check the CRC, and no digest protects the manifest.
        if (Crc32.HashToUInt32(bytes) != entry.Crc32)
            throw new InvalidModelException(name, "its CRC-32 does not match; the model file is damaged.");
        return bytes;
    }

    private static void Write(ZipArchive archive, string name, ReadOnlySpan<byte> bytes)
    {
        ZipArchiveEntry entry = archive.CreateEntry(name, CompressionLevel.Optimal);
        // A fixed date: the same model gives the same file.
        entry.LastWriteTime = new DateTimeOffset(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);
        using Stream stream = entry.Open();
        stream.Write(bytes);
    }
}
