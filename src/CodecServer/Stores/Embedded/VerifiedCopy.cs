using System.Buffers;
using System.Security.Cryptography;
using Codec.Models;

namespace Codec.Server.Stores.Embedded;

/// <summary>Copies files durably, and compares what it read with its digest.</summary>
internal sealed class VerifiedCopy(CopyProgress progress, CancellationToken cancellationToken)
{
    private const int BufferSize = 1 << 20;

    /// <summary>Copies a blob; creates the folder that it belongs to.</summary>
    /// <exception cref="StoreException">The source's bytes do not have the digest.</exception>
    /// <exception cref="IOException">The source is missing, or a file cannot be read or written.</exception>
    public void CopyBlob(DataLayout source, DataLayout target, Digest digest)
    {
        // Opened before the target's folder is created: a missing source leaves nothing.
        using FileStream input = OpenSource(source.Blob(digest));
        PrivateFiles.CreateFolder(Path.GetDirectoryName(target.Blob(digest))!);
        if (Copy(input, target.Blob(digest)) != digest)
        {
            throw new StoreException(
                $"The blob {source.Blob(digest)} is damaged: its bytes do not have the digest that names it. "
                    + "Upload it again, or delete the versions that list it."
            );
        }
    }

    /// <summary>Copies a file.</summary>
    public void CopyFile(string source, string target)
    {
        using FileStream input = OpenSource(source);
        Copy(input, target);
    }

    private static FileStream OpenSource(string path) =>
        new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);

    private Digest Copy(FileStream input, string target)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        PrivateFiles.CreateFile(target);
        using var output = new FileStream(target, FileMode.Truncate, FileAccess.Write, FileShare.Read, bufferSize: 0);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            while (input.Read(buffer) is > 0 and var read)
            {
                cancellationToken.ThrowIfCancellationRequested();
                output.Write(buffer, 0, read);
                hash.AppendData(buffer, 0, read);
                progress.Add(read);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        output.Flush(flushToDisk: true);
        return Digest.FromBytes(hash.GetHashAndReset());
    }
}
