using Codec.Client.Transport;
using Grpc.Core;

namespace Codec.Client.Channels;

/// <summary>An image or frame on its way, with its number and whoever waits for the acknowledgement.</summary>
internal sealed class Publication(V1.PublishRequest request)
{
    // Continuations run elsewhere: a caller's code must not hold up the answers.
    private readonly TaskCompletionSource<Acknowledgement> _acknowledged = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public V1.PublishRequest Request { get; } = request;

    public Task<Acknowledgement> Acknowledged => _acknowledged.Task;

    public void Acknowledge(Acknowledgement acknowledgement) => _acknowledged.TrySetResult(acknowledgement);

    public void Fail(Exception exception)
    {
        _acknowledged.TrySetException(exception);
        // A caller who did not keep the task has chosen not to know.
        _ = _acknowledged.Task.Exception;
    }
}

/// <summary>Publishing: the producer's numbers let the server recognise what it has already, so sending twice does no harm.</summary>
internal sealed class PublishTerms(ServiceConnection connection, string channel, string model, int quality, string producer)
    : IExchangeTerms<Publication, V1.PublishRequest, V1.PublishResponse>
{
    private readonly TaskCompletionSource<(Digest Version, long LastSequence)> _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Digest? _version;

    /// <summary>The version that the model resolved to, and the largest number that the log has of this producer.</summary>
    public Task<(Digest Version, long LastSequence)> Opened => _opened.Task;

    public string Operation { get; } = $"publish to {channel}";

    public AsyncDuplexStreamingCall<V1.PublishRequest, V1.PublishResponse> Open(CallOptions options) => connection.Channels.Publish(options);

    public async Task GreetAsync(AsyncDuplexStreamingCall<V1.PublishRequest, V1.PublishResponse> call, CancellationToken cancellationToken)
    {
        var header = new V1.PublishRequest.Types.Header { Channel = channel, Model = ModelReference.Pin(model, _version), Quality = quality, Producer = producer };
        try
        {
            await call.RequestStream.WriteAsync(new V1.PublishRequest { Header = header }, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (
            exception is RpcException or InvalidOperationException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            // The call has ended; its status, which the answer below brings, says why.
        }

        if (!await call.ResponseStream.MoveNext(cancellationToken).ConfigureAwait(false)) throw ServiceConnection.EndedEarly($"The stream to {Operation}");
        V1.PublishResponse response = call.ResponseStream.Current;
        Digest version = ModelMessages.ToDigest(response.Version);
        _version = version;
        _opened.TrySetResult((version, response.LastProducerSequence));
    }

    public V1.PublishRequest ToRequest(Publication item) => item.Request;

    public Task AnswerAsync(Publication item, V1.PublishResponse response, CancellationToken cancellationToken)
    {
        item.Acknowledge(new Acknowledgement(response.FirstSequence, response.Count));
        return Task.CompletedTask;
    }
}
