using Codec.Models;

namespace Codec.Server.Stores;

/// <summary>How much of a blob is stored durably.</summary>
/// <param name="CommittedSize">Bytes; the offset at which an upload continues.</param>
/// <param name="Complete">Whether the blob is complete and verified.</param>
internal readonly record struct BlobState(long CommittedSize, bool Complete);

/// <summary>Stores content-addressed bytes: uploads can be resumed, a complete blob is verified, and then never changes.</summary>
internal interface IBlobStore
{
    /// <summary>Returns how much of a blob is stored.</summary>
    Task<BlobState> QueryAsync(Digest digest, CancellationToken cancellationToken);

    /// <summary>
    /// Appends to a blob; one upload of a blob runs at a time. The received bytes are durable when this ends, however it ends.
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

    /// <summary>Opens a complete blob for reading: a seekable stream of known length, owned by the caller.</summary>
    /// <exception cref="RequestException">NotFound.</exception>
    Task<Stream> OpenAsync(Digest digest, CancellationToken cancellationToken);

    /// <summary>Deletes a blob if it exists. Open streams stay readable.</summary>
    Task DeleteAsync(Digest digest, CancellationToken cancellationToken);
}
