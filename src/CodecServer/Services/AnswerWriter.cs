using Grpc.Core;

namespace Codec.Server.Services;

/// <summary>
/// Writes the answers of a stream, and resets a call whose caller does not read them in time. A call may leave
/// <see cref="Limits.ServerLimits.UntakenBytes"/> unread for any time: it holds no more than a stream that waits for requests.
/// </summary>
/// <param name="answers">The answers as gRPC writes them.</param>
/// <param name="context">The call.</param>
/// <param name="limit">The time in which an answer must be read.</param>
/// <param name="time">Measures it.</param>
internal sealed class AnswerWriter<T>(IServerStreamWriter<T> answers, ServerCallContext context, TimeSpan limit, TimeProvider time)
    : IServerStreamWriter<T>
{
    /// <summary>How long a stream that ends waits for the caller to read its last answer: one slow round trip.</summary>
    internal static readonly TimeSpan Farewell = TimeSpan.FromMilliseconds(250);

    /// <inheritdoc/>
    public WriteOptions? WriteOptions
    {
        get => answers.WriteOptions;
        set => answers.WriteOptions = value;
    }

    /// <inheritdoc/>
    public Task WriteAsync(T message) => WriteAsync(message, CancellationToken.None);

    /// <summary>Writes an answer.</summary>
    /// <exception cref="RequestException">Aborted: it was not read in time.</exception>
    /// <exception cref="OperationCanceledException">The stream ends. It can still send its status, if its caller reads.</exception>
    public Task WriteAsync(T message, CancellationToken cancellationToken) => WriteAsync(message, limit, cancellationToken);

    /// <summary>Writes an answer that its caller may read at any time.</summary>
    /// <exception cref="OperationCanceledException">As above.</exception>
    public Task WriteAtAnyPaceAsync(T message, CancellationToken cancellationToken) =>
        WriteAsync(message, Timeout.InfiniteTimeSpan, cancellationToken);

    private async Task WriteAsync(T message, TimeSpan within, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();

        // gRPC does not get the token: it would reset the call at once, so that the caller would not see the status.
        Task writing = answers.WriteAsync(message, CancellationToken.None);
        try
        {
            await writing.WaitAsync(within, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            await ResetAsync(writing, StreamReset.EnhanceYourCalm);
            throw new RequestException(
                RequestError.Aborted,
                "ANSWER_NOT_READ",
                $"An answer was not read within {within.TotalSeconds:0} s; read answers while you send requests."
            );
        }
        catch (OperationCanceledException) when (!writing.IsCompleted)
        {
            await writing.WaitAsync(Farewell, time, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await ResetAsync(writing, StreamReset.RefusedStream);
            throw;
        }
    }

    /// <summary>Resets the call, unless an answer was written.</summary>
    private async Task ResetAsync(Task writing, int code)
    {
        if (!writing.IsCompleted)
            StreamReset.Send(context.GetHttpContext(), code);
        await writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
