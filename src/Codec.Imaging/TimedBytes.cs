namespace Codec.Imaging;

/// <summary>
/// The bytes of a file, which end early once a time is over. The libraries that read image files cannot be interrupted, but end with what
/// they have when their input ends.
/// </summary>
/// <param name="first">The bytes; not moved while this is used.</param>
/// <param name="length">Number of bytes.</param>
/// <param name="limit">The time, from now on.</param>
/// <param name="time">Measures it.</param>
internal sealed unsafe class TimedBytes(byte* first, long length, TimeSpan limit, TimeProvider time) : UnmanagedMemoryStream(first, length)
{
    private readonly long _began = time.GetTimestamp();

    /// <summary>Whether bytes were refused because the time is over.</summary>
    public bool HasExpired { get; private set; }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count)
    {
        HasExpired |= time.GetElapsedTime(_began) > limit;
        return HasExpired ? 0 : base.Read(buffer, offset, count);
    }
}
