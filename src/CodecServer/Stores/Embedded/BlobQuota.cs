namespace Codec.Server.Stores.Embedded;

/// <summary>
/// Bounds the bytes of all blobs and uploads together, so that model files leave the volume's rest to channels. A running upload counts
/// with the size that it declares: uploads that fit one by one must not exceed the bound together.
/// </summary>
/// <param name="limit">The bound in bytes; 0 for none but the disk.</param>
/// <param name="measure">Returns the bytes on the disk; called once.</param>
internal sealed class BlobQuota(long limit, Func<long> measure)
{
    private readonly Lock _lock = new();
    private long? _used;

    /// <summary>Takes room for bytes that are still to come.</summary>
    /// <exception cref="RequestException">ResourceExhausted: they do not fit.</exception>
    public void Take(long bytes)
    {
        if (limit == 0)
            return;

        lock (_lock)
        {
            _used ??= measure();
            if (_used + bytes > limit)
            {
                throw new RequestException(
                    RequestError.ResourceExhausted,
                    "MODEL_QUOTA",
                    $"Model files have {_used} bytes; {bytes} more exceed the {limit} that they may have together (--model-quota-bytes). Delete versions, "
                        + "whose files leave with the next sweep, wait until files that no version lists are collected, or raise the limit."
                );
            }

            _used += bytes;
        }
    }

    /// <summary>Returns the room of bytes that did not come, or were deleted.</summary>
    public void Return(long bytes)
    {
        lock (_lock)
            _used -= bytes;
    }
}
