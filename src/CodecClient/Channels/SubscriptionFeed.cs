using System.Diagnostics;
using Codec.Client.Models;
using Codec.Client.Telemetry;
using Codec.Client.Transport;
using Codec.Errors;
using Codec.Frames;
using Codec.Models;
using Grpc.Core;

namespace Codec.Client.Channels;

/// <summary>
/// Reads a channel from the cursor's position on, across lost connections, and adds the frames to a <see cref="ReadAhead{T}"/>.
/// </summary>
internal sealed class SubscriptionFeed<TItem>(
    ServiceConnection connection,
    ModelSource models,
    string channel,
    SubscribeOptions options,
    Func<Arrival, IReadAheadSource<Delivery<TItem>>> open,
    SubscriptionCursor cursor,
    Backoff backoff,
    ReadAhead<Delivery<TItem>> ahead
)
    where TItem : class
{
    private readonly string _operation = $"subscribe to {channel}";

    /// <summary>Never throws: the consumer gets the failure after everything that arrived before it.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        // Yield, so that nothing below runs on the consumer's thread.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            await FollowOverConnectionsAsync(cancellationToken).ConfigureAwait(false);
            ahead.Complete(null);
        }
        catch (Exception exception)
        {
            ahead.Complete(exception);
        }
    }

    private async Task FollowOverConnectionsAsync(CancellationToken cancellationToken)
    {
        try
        {
            await connection.PersistAsync(_operation, backoff, TraceAsync, cancellationToken).ConfigureAwait(false);
        }
        catch (SequenceException exception)
        {
            throw exception.WithRemedy(channel, options.Consumer);
        }
        catch (CorruptDataException exception)
            when (options.SkipDamaged && exception.Sequence is not null && exception.NextSequence > cursor.Next)
        {
            var damage = new Damage(exception, EndsReading: true, cursor.IsInLatest);
            await AddAsync(Delivery<TItem>.Of(damage), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Follows one connection, in a span of its own.</summary>
    private async Task<bool> TraceAsync(CancellationToken cancellationToken)
    {
        using Activity? span = ClientTrace.BeginConnection("codec.v1.ChannelService/Subscribe");
        try
        {
            return await FollowAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (span is not null && !cancellationToken.IsCancellationRequested)
        {
            span.Fail(exception);
            throw;
        }
    }

    /// <summary>Follows one connection.</summary>
    /// <returns>True once a damaged code has ended the reading; otherwise the method throws when the connection fails.</returns>
    private async Task<bool> FollowAsync(CancellationToken cancellationToken)
    {
        using AsyncServerStreamingCall<V1.SubscribeResponse> call = connection.Channels.Subscribe(
            cursor.ToRequest(),
            ClientTrace.Headers,
            cancellationToken: cancellationToken
        );
        await connection.OpenedAsync(_operation, call.ResponseHeadersAsync, backoff, cancellationToken).ConfigureAwait(false);
        Decoder? decoder = null;
        while (await MoveNextAsync(call, cancellationToken).ConfigureAwait(false) is { } response)
        {
            Damage? damage = null;
            switch (response.PartCase)
            {
                case V1.SubscribeResponse.PartOneofCase.Position:
                    cursor.MoveTo(response.Position);
                    await AddAsync(new Delivery<TItem>(null, response.Position.NextSequence), cancellationToken).ConfigureAwait(false);
                    break;
                case V1.SubscribeResponse.PartOneofCase.Header:
                    decoder = await LoadAsync(response.Header, cancellationToken).ConfigureAwait(false);
                    break;
                case V1.SubscribeResponse.PartOneofCase.Frame:
                    damage =
                        await PassHoleAsync(response.FirstSequence, cancellationToken).ConfigureAwait(false)
                        ?? await TakeAsync(response, decoder, cancellationToken).ConfigureAwait(false);
                    break;
                case V1.SubscribeResponse.PartOneofCase.Damage:
                    damage =
                        await PassHoleAsync(response.Damage.FirstSequence, cancellationToken).ConfigureAwait(false)
                        ?? Pass(response.Damage);
                    break;
                default:
                    throw new CorruptDataException($"The channel {channel} sent a message of an unknown kind; the server may be newer.");
            }

            backoff.Succeeded();
            if (damage is null)
                continue;
            await AddAsync(Delivery<TItem>.Of(damage), cancellationToken).ConfigureAwait(false);
            if (damage.EndsReading)
                return true;
        }

        throw ServiceConnection.EndedEarly($"The subscription to {channel}");
    }

    private async Task<V1.SubscribeResponse?> MoveNextAsync(
        AsyncServerStreamingCall<V1.SubscribeResponse> call,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return await call.MoveNextAsync(cancellationToken).ConfigureAwait(false) ? call.ResponseStream.Current : null;
        }
        catch (RpcException exception) when (MessageSize.IsReceivedTooLarge(exception.StatusCode, exception.Status.Detail))
        {
            throw new CorruptDataException(
                $"A message of {channel}, at sequence {cursor.Next}, has more than {connection.Options.MaxMessageBytes} bytes "
                    + $"({nameof(CodecClientOptions.MaxMessageBytes)}); raise it.",
                exception
            )
            {
                Sequence = cursor.Next,
                // If sequences may be missing, the message can belong to any code from there on.
                NextSequence = cursor.IsSparse ? null : cursor.Next + 1,
            };
        }
    }

    private ValueTask AddAsync(Delivery<TItem> delivery, CancellationToken cancellationToken) =>
        ahead.AddAsync(delivery, Delivery<TItem>.OverheadBytes, cancellationToken);

    private async Task<Decoder> LoadAsync(V1.SubscribeResponse.Types.Header header, CancellationToken cancellationToken)
    {
        if (!ModelLimits.IsName(header.Model))
            throw new CorruptDataException($"The channel {channel} sent an invalid model name.");
        ClientLog.VersionChanged(connection.Log, channel, header.NextSequence, header.Model, header.Version);
        string reference = new ModelReference(header.Model, ModelMessages.ToDigest(header.Version)).ToString();
        try
        {
            CodecModel model = await models.LoadAsync(reference, options.Head, withEncoder: false, cancellationToken).ConfigureAwait(false);
            return new Decoder(model, reference, null);
        }
        catch (CodecException exception) when (exception is CorruptDataException or NotFoundException { InnerException: RpcException })
        {
            // The failure concerns the codes, so it is reported in order with them. A head that the version lacks is the caller's mistake.
            return new Decoder(null, reference, exception);
        }
    }

    /// <summary>Reports codes that are missing before a sequence; returns the damage if it ends the reading, otherwise null.</summary>
    private async Task<Damage?> PassHoleAsync(long first, CancellationToken cancellationToken)
    {
        if (cursor.PassHole(first) is not { } missing)
            return null;
        Damage hole = Hole(missing, first, endsReading: !options.SkipDamaged);
        if (hole.EndsReading)
            return hole;
        await AddAsync(Delivery<TItem>.Of(hole), cancellationToken).ConfigureAwait(false);
        return null;
    }

    private Damage Hole(long first, long next, bool endsReading)
    {
        string message = $"The codes {first} to {next - 1} of {channel} are missing: the server sent {next}, expected {first}.";
        return new Damage(new CorruptDataException(message) { Sequence = first, NextSequence = next }, endsReading, IsInLatest: false);
    }

    private static int CountBeforeHole(long[] sequences)
    {
        int count = 1;
        while (count < sequences.Length && sequences[count] == sequences[0] + count)
            count++;
        return count;
    }

    /// <summary>Adds a frame; returns the damage if its codes cannot be delivered or a gap follows them.</summary>
    private async Task<Damage?> TakeAsync(V1.SubscribeResponse response, Decoder? decoder, CancellationToken cancellationToken)
    {
        if (decoder is null)
            throw new CorruptDataException($"The channel {channel} sent a frame before a header.");
        ClientMeter.Received(channel, response.Frame.Length);
        long first = response.FirstSequence;
        cursor.Check(first);
        bool isInLatest = cursor.IsInLatest;
        FrameInfo info;
        int count;
        long[]? sequences;
        long last;
        try
        {
            FrameHeader header = CodeFrame.ReadHeader(response.Frame.Span);
            count = header.Count;
            info = CodeFrame.ReadInfo(response.Frame.Span, header);
            sequences = info.IsEmpty ? null : info.Sequences(first, count);
            // If no sequence may be missing, take the frame up to its first gap, and request the codes after the gap again.
            if (!cursor.IsSparse && sequences is not null && decoder.Model is not null)
                count = CountBeforeHole(sequences);
            last = sequences?[count - 1] ?? checked(first + count - 1);
            cursor.Take(last);
        }
        catch (Exception exception) when (exception is InvalidCodeException or OverflowException)
        {
            // The number of codes cannot be read either, so only the first sequence is known.
            string message = $"The frame of {channel} at sequence {first} cannot be read: {exception.Message}";
            var failure = new CorruptDataException(message, exception) { Sequence = first, NextSequence = first + 1 };
            return new Damage(failure, EndsReading: true, isInLatest);
        }

        if (decoder.Model is { } model)
        {
            var arrival = new Arrival(channel, first, count, info, sequences, response.Frame.Memory, model, isInLatest);
            long bytes = response.Frame.Length + Delivery<TItem>.OverheadBytes;
            await ahead.AddAsync(open(arrival), bytes, cancellationToken).ConfigureAwait(false);
            return count == sequences?.Length || sequences is null ? null : Hole(last + 1, sequences[count], endsReading: true);
        }

        string reason =
            $"The codes {first} to {last} of {channel} are of {decoder.Reference}, which cannot be loaded: {decoder.Failure!.Message}";
        var unusable = new CorruptDataException(reason, decoder.Failure) { Sequence = first, NextSequence = last + 1 };
        return new Damage(unusable, EndsReading: !options.SkipDamaged, isInLatest);
    }

    /// <summary>Takes the server's report of damaged codes that it skipped.</summary>
    private Damage Pass(V1.SubscribeResponse.Types.Damage damage)
    {
        (long first, long count) = (damage.FirstSequence, damage.Count);
        bool isInLatest = cursor.IsInLatest;
        if (!options.SkipDamaged || count < 1 || first > long.MaxValue - count)
        {
            throw new CorruptDataException(
                $"The channel {channel} reported damage that was not requested, or of {count} codes; the server may be newer."
            );
        }

        cursor.Check(first);
        cursor.Take(first + count - 1);
        string message = $"The codes {first} to {first + count - 1} of {channel} are damaged on the server: {damage.Message}";
        return new Damage(
            new CorruptDataException(message) { Sequence = first, NextSequence = first + count },
            EndsReading: false,
            isInLatest
        );
    }

    /// <summary>The model that decodes the frames after a header, or the reason why there is none.</summary>
    private sealed record Decoder(CodecModel? Model, string Reference, CodecException? Failure);
}
