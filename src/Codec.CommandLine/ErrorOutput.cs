namespace Codec.CommandLine;

/// <summary>
/// The error output where it is redirected. A message that it cannot take, because its disk is full or it is closed, is dropped: the
/// command continues and keeps its exit code.
/// </summary>
public static class ErrorOutput
{
    /// <summary>Replaces the console's error output if it is redirected.</summary>
    public static void Use()
    {
        if (Console.IsErrorRedirected)
            Console.SetError(new StreamWriter(new Tolerant(Console.OpenStandardError())) { AutoFlush = true });
    }

    private sealed class Tolerant(Stream errors) : OutputStream
    {
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
    }
}
