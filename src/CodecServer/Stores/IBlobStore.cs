using Codec.Models;

namespace Codec.Server.Stores;

/// <summary>How much of a blob is stored durably.</summary>
/// <param name="CommittedSize">Bytes; the offset at which an upload continues.</param>
/// <param name="Complete">Whether the blob is complete and verified.</param>
internal readonly record struct BlobState(long CommittedSize, bool Complete);

/// <summary>What a collection deleted.</summary>
/// <param name="Blobs">Complete blobs.</param>
/// <param name="Uploads">Incomplete uploads.</param>
/// <param name="Bytes">Bytes of both together.</param>
internal readonly record struct CollectedBlobs(int Blobs, int Uploads, long Bytes);

/// <summary>Stores content-addressed bytes: uploads can be resumed, a complete blob is verified, and then never changes.</summary>
internal interface IBlobStore
{
    /// <summary>
    /// Returns how much of a blob is stored, and makes a complete one young again (<see cref="CollectAsync"/>). A blob whose bytes no
    /// longer have its digest is not complete: it can be uploaded again.
    /// </summary>
    /// <param name="blob">The blob, with the size that an upload would declare. Each declared size has an upload of its own.</param>
    /// <param name="cancellationToken">Ends the reading of a blob that was not verified yet.</param>
    Task<BlobState> QueryAsync(BlobEntry blob, CancellationToken cancellationToken);

    /// <summary>
    /// Appends to a blob; one upload of a blob and size runs at a time. The received bytes are durable when this ends, however it ends.
    /// </summary>
    /// <param name="blob">The blob, with the size that it will have.</param>
    /// <param name="offset">Position of the first chunk: the committed size.</param>
    /// <param name="chunks">The bytes from there on; each chunk is borrowed until the next one is requested.</param>
    /// <param name="cancellationToken">Ends the upload; it can be resumed.</param>
    /// <returns>The state after the last chunk; complete once all bytes have arrived and the digest matches.</returns>
    /// <exception cref="RequestException">
    /// InvalidArgument: the size exceeds the limit, or the chunks exceed the size. OutOfRange: the offset is not the committed size.
    /// Aborted: another upload of this blob is running. DataLoss: the bytes do not have the digest; they are dropped. ResourceExhausted:
    /// the disk is full.
    /// </exception>
    Task<BlobState> AppendAsync(
        BlobEntry blob,
        long offset,
        IAsyncEnumerable<ReadOnlyMemory<byte>> chunks,
        CancellationToken cancellationToken
    );

    /// <summary>Reads a blob again; returns whether its bytes have its digest. Later queries answer by what was found.</summary>
    Task<bool> VerifyAsync(Digest digest, CancellationToken cancellationToken);

    /// <summary>Opens a complete blob for reading: a seekable stream of known length, owned by the caller.</summary>
    /// <exception cref="RequestException">NotFound. DataLoss: it is known to be damaged.</exception>
    Task<Stream> OpenAsync(Digest digest, CancellationToken cancellationToken);

    /// <summary>Deletes a blob if it exists. Open streams stay readable.</summary>
    Task DeleteAsync(Digest digest, CancellationToken cancellationToken);

    /// <summary>Deletes blobs that are neither listed nor young, and uploads that did not continue for as long.</summary>
    /// <param name="age">Time since a blob was completed or queried, or since an upload's last byte.</param>
    /// <param name="listed">Blobs to keep whatever their age.</param>
    /// <param name="cancellationToken">Ends the collection between two blobs.</param>
    Task<CollectedBlobs> CollectAsync(TimeSpan age, IReadOnlySet<Digest> listed, CancellationToken cancellationToken);
}
