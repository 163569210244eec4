using System.Threading.Channels;
using Codec.Client.Models;
using Codec.Client.Transport;
using Grpc.Core;

namespace Codec.Client.Channels;

/// <summary>A frame that arrived, its place in the channel checked, its codes not.</summary>
internal sealed record Arrival(long FirstSequence, int Count, ReadOnlyMemory<byte> Frame, CodecModel Model);

/// <summary>One subscription over its connections: each goes on at the sequence that is next, so nothing comes twice and nothing is missing.</summary>
internal sealed class Subscription(ServiceConnection connection, ModelSource models, string channel, SubscribeFrom from, string head, int maxCodesPerFrame)
{
    private readonly string _operation = $"subscribe to {channel}";
    private readonly Backoff _backoff = connection.StartStreamBackoff();
    private long? _next = from.Sequence;

    public IAsyncEnumerable<Arrival> ReadAsync(CancellationToken cancellationToken) => Pump.RunAsync<Arrival>(
        connection.Options.PrefetchFrames,
        async (writer, token) =>
        {
            // "Now" is fixed once: a connection lost before the first code must not move it.
            if (_next is null && !from.IsStart) _next = await FindEndAsync(token).ConfigureAwait(false);
            await connection.PersistAsync(_operation, _backoff, attempt => FollowAsync(writer, attempt), token).ConfigureAwait(false);
        },
        cancellationToken);

    private async Task<long> FindEndAsync(CancellationToken cancellationToken)
    {
        V1.ListChannelsResponse response = await connection.CallAsync(
            _operation,
            options => connection.Channels.ListChannelsAsync(new V1.ListChannelsRequest(), options),
            cancellationToken: cancellationToken).ConfigureAwait(false);
        return response.Channels.FirstOrDefault(info => info.Name == channel)?.NextSequence
            ?? throw new NotFoundException($"There is no channel '{channel}'.");
    }

    private async Task<bool> FollowAsync(ChannelWriter<Arrival> writer, CancellationToken cancellationToken)
    {
        var request = new V1.SubscribeRequest { Channel = channel, MaxCodesPerFrame = maxCodesPerFrame };
        if (_next is { } sequence) request.Sequence = sequence;
        else request.Start = true;
        using AsyncServerStreamingCall<V1.SubscribeResponse> call = connection.Channels.Subscribe(request, cancellationToken: cancellationToken);
        await connection.OpenedAsync(_operation, call.ResponseHeadersAsync, _backoff, cancellationToken).ConfigureAwait(false);
        CodecModel? model = null;
        while (await call.ResponseStream.MoveNext(cancellationToken).ConfigureAwait(false))
        {
            V1.SubscribeResponse response = call.ResponseStream.Current;
            switch (response.PartCase)
            {
                case V1.SubscribeResponse.PartOneofCase.Header:
                    model = await LoadAsync(response.Header, cancellationToken).ConfigureAwait(false);
                    break;
                case V1.SubscribeResponse.PartOneofCase.Frame:
                    Arrival arrival = Check(response, model);
                    await writer.WriteAsync(arrival, cancellationToken).ConfigureAwait(false);
                    _next = arrival.FirstSequence + arrival.Count;
                    break;
                default:
                    throw new CorruptDataException($"The channel {channel} sent something that is neither header nor frame; the server may be newer.");
            }

            _backoff.Succeeded();
        }

        throw ServiceConnection.EndedEarly($"The subscription to {channel}");
    }

    private Task<CodecModel> LoadAsync(V1.SubscribeResponse.Types.Header header, CancellationToken cancellationToken)
    {
        if (!ModelLimits.IsName(header.Model)) throw new CorruptDataException($"The channel {channel} names a model whose name is none.");
        ClientLog.VersionChanged(connection.Log, channel, header.NextSequence, header.Model, header.Version);
        string reference = ModelReference.To(header.Model, ModelMessages.ToDigest(header.Version));
        return models.LoadAsync(reference, head, withEncoder: false, cancellationToken);
    }

    private Arrival Check(V1.SubscribeResponse response, CodecModel? model)
    {
        if (model is null) throw new CorruptDataException($"The channel {channel} sent a frame before a header.");
        long expected = _next ?? response.FirstSequence;
        if (response.FirstSequence != expected || expected < 1)
            throw new CorruptDataException($"The channel {channel} sent the sequence {response.FirstSequence} where {expected} is next.");
        try
        {
            FrameHeader frame = CodeFrame.ReadHeader(response.Frame.Span);
            return new Arrival(expected, frame.Count, response.Frame.Memory, model);
        }
        catch (InvalidCodeException exception)
        {
            throw DamagedFrame(channel, expected, exception);
        }
    }

    public static CorruptDataException DamagedFrame(string channel, long sequence, Exception exception) =>
        new($"The frame of {channel} at sequence {sequence} cannot be decoded: {exception.Message}", exception);
}
