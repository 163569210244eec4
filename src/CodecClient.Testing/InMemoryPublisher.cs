using System.Runtime.CompilerServices;
using Codec.Errors;
using Codec.Frames;
using Codec.Models;

namespace Codec.Client.Testing;

/// <summary>Publishes into a channel in memory: each item is stored or refused before the call returns.</summary>
internal sealed class InMemoryPublisher(
    InMemoryServer server,
    string channel,
    InMemoryModels.Version version,
    int quality,
    PublisherOptions options
) : ChannelPublisher
{
    private readonly Lock _lock = new();
    private readonly List<ItemFailure> _unseen = [];
    private long _sent;
    private bool _isClosed;

    public override string Channel => channel;

    public override Digest Version => version.Info.Digest;

    public override int Quality => quality;

    public override string Producer => options.Producer ?? "in-memory";

    public override long ResumedAfter => 0;

    public override Task<CodecModel> GetEncoderAsync(CancellationToken cancellationToken = default) => Task.FromResult(version.Model);

    public override Task<Acknowledgement> PublishAsync(
        ImageSource image,
        CodeInfo? info = null,
        CancellationToken cancellationToken = default
    )
    {
        cancellationToken.ThrowIfCancellationRequested();
        return StoreImage(image, info);
    }

    public override async IAsyncEnumerable<PublishResult> PublishAllAsync(
        IAsyncEnumerable<OutgoingImage> images,
        [EnumeratorCancellation] CancellationToken cancellationToken = default
    )
    {
        long index = 0;
        await foreach (OutgoingImage image in images.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            Acknowledgement? stored = null;
            CodecException? error = null;
            try
            {
                stored = await StoreImage(image.Image, image.Info).ConfigureAwait(false);
            }
            catch (InvalidRequestException refusal)
            {
                error = refusal;
            }

            yield return new PublishResult(index++, stored, error);
        }
    }

    public override Task<Sent> SendImageAsync(ImageSource image, CodeInfo? info = null, CancellationToken cancellationToken = default) =>
        Send(StoreImage(image, info));

    public override Task<Sent> SendCodeAsync(
        ReadOnlyMemory<byte> code,
        CodeInfo? info = null,
        CancellationToken cancellationToken = default
    )
    {
        byte[] copy = code.ToArray();
        return Send(
            Store(() =>
            {
                version.Model.DecodeSymbols(copy, quality);
                return (quality, [(copy, info ?? CodeInfo.None)]);
            })
        );
    }

    public override Task<Sent> SendFrameAsync(ReadOnlyMemory<byte> frame, CancellationToken cancellationToken = default)
    {
        ReadOnlyMemory<byte> copy = frame.ToArray();
        return Send(
            Store(() =>
            {
                FrameCodes codes = version.Model.SplitFrame(copy);
                return (codes.Quality, [.. codes.Codes.Select((code, i) => (code.ToArray(), codes.Info[i]))]);
            })
        );
    }

    public override Task FlushAsync(CancellationToken cancellationToken = default)
    {
        lock (_lock)
        {
            ItemFailure[] failures = [.. _unseen];
            _unseen.Clear();
            return failures.Length switch
            {
                0 => Task.CompletedTask,
                1 => Task.FromException(failures[0].Error),
                _ => Task.FromException(new UnacknowledgedItemsException(channel, failures.Length, failures)),
            };
        }
    }

    protected override async ValueTask FinishAsync()
    {
        _isClosed = true;
        await FlushAsync().ConfigureAwait(false);
    }

    private Task<Acknowledgement> StoreImage(ImageSource image, CodeInfo? info)
    {
        ArgumentNullException.ThrowIfNull(image);
        return Store(() => (quality, [(version.Encode(image, quality, options.Effort, server), info ?? CodeInfo.None)]));
    }

    private Task<Acknowledgement> Store(Func<(int Quality, (byte[] Code, CodeInfo Info)[] Codes)> encode)
    {
        ObjectDisposedException.ThrowIf(_isClosed, this);
        try
        {
            (int at, (byte[], CodeInfo Info)[] codes) = encode();
            foreach ((_, CodeInfo info) in codes)
                info.Validate();
            return Task.FromResult(server.GetChannel(channel).Append(version, at, codes));
        }
        catch (InvalidCodeException exception)
        {
            return Refuse(new InvalidRequestException(Grpc.Core.StatusCode.InvalidArgument, exception.Message, exception));
        }
        catch (CodecException exception)
        {
            return Refuse(exception);
        }

        static Task<Acknowledgement> Refuse(CodecException refusal) => Task.FromException<Acknowledgement>(refusal);
    }

    /// <summary>Keeps the failure of an item whose answer is not awaited, for the next flush.</summary>
    private Task<Sent> Send(Task<Acknowledgement> answer)
    {
        lock (_lock)
        {
            if (answer.Exception?.InnerException is CodecException failure)
                _unseen.Add(new ItemFailure(_sent, failure));
            return Task.FromResult(new Sent(_sent++, answer));
        }
    }
}
