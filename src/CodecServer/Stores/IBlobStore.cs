using Codec.Models;

namespace Codec.Server.Stores;

/// <summary>How much of a blob a store holds durably.</summary>
/// <param name="CommittedSize">Bytes: where an upload goes on.</param>
/// <param name="Complete">Whether the blob is whole and verified.</param>
internal readonly record struct BlobState(long CommittedSize, bool Complete);

/// <summary>Content-addressed bytes: written piece by piece, verified when whole, never changed.</summary>
internal interface IBlobStore
{
    /// <summary>How much of a blob is held.</summary>
    Task<BlobState> QueryAsync(Digest digest, CancellationToken cancellationToken);

    /// <summary>Appends to a blob, one writer at a time. What was brought is durable when this ends, however it ends.</summary>
    /// <param name="blob">The blob, with the size that it will have.</param>
    /// <param name="offset">Where the first chunk belongs: the committed size.</param>
    /// <param name="chunks">The bytes that follow; each chunk is borrowed until the next is asked for.</param>
    /// <param name="cancellationToken">Ends the upload; it can be resumed.</param>
    /// <returns>The state after the last chunk; complete when the last byte has come and the digest is right.</returns>
    /// <exception cref="RequestException">
    /// InvalidArgument: the size exceeds the limit, or the chunks exceed the size. OutOfRange: the offset is not the committed size.
    /// Aborted: another writer is at this blob. DataLoss: the bytes do not have the digest; they are dropped. ResourceExhausted: the disk
    /// is full.
    /// </exception>
    Task<BlobState> AppendAsync(
        BlobEntry blob,
        long offset,
        IAsyncEnumerable<ReadOnlyMemory<byte>> chunks,
        CancellationToken cancellationToken
    );

    /// <summary>Opens a whole blob for reading: seekable, of known length, owned by the caller.</summary>
    /// <exception cref="RequestException">NotFound.</exception>
    Task<Stream> OpenAsync(Digest digest, CancellationToken cancellationToken);

    /// <summary>Deletes a blob if it is there. Streams already open stay readable.</summary>
    Task DeleteAsync(Digest digest, CancellationToken cancellationToken);
}
