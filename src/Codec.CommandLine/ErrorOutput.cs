namespace Codec.CommandLine;

/// <summary>
/// The error output where it is redirected. What it cannot take, because its disk is full or it is closed, is dropped: a command goes on
/// and keeps its exit code, rather than end in the middle for a message that nobody can read.
/// </summary>
public static class ErrorOutput
{
    /// <summary>Replaces the console's error output if it is redirected.</summary>
    public static void Use()
    {
        if (Console.IsErrorRedirected)
            Console.SetError(new StreamWriter(new Tolerant(Console.OpenStandardError())) { AutoFlush = true });
    }

    private sealed class Tolerant(Stream errors) : Stream
    {
        /// <inheritdoc/>
        public override bool CanRead => false;

        /// <inheritdoc/>
        public override bool CanSeek => false;

        /// <inheritdoc/>
        public override bool CanWrite => true;

        /// <inheritdoc/>
        public override long Length => throw new NotSupportedException();

        /// <inheritdoc/>
        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        /// <inheritdoc/>
        public override void Write(byte[] buffer, int offset, int count)
        {
            try
            {
                errors.Write(buffer, offset, count);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // There is no other place to say it.
            }
        }

        /// <inheritdoc/>
        public override void Flush() { }

        /// <inheritdoc/>
        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        /// <inheritdoc/>
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        /// <inheritdoc/>
        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
