using System.Runtime.CompilerServices;
using Codec.Server.Options;
using Codec.Server.Stores;
using Google.Protobuf;
using Microsoft.Extensions.Options;

namespace Codec.Server.Channels;

/// <summary>What subscribers get: a channel's log from a sequence on, then its live tail.</summary>
internal sealed class Subscriptions(IChannelLog log, IModelRegistry registry, IOptions<ChannelOptions> options)
{
    /// <summary>Where a subscription begins.</summary>
    /// <exception cref="RequestException">NotFound. OutOfRange: the sequence is before the log's start or after its end.</exception>
    public async Task<(ChannelRecord Channel, long Sequence)> OpenAsync(V1.SubscribeRequest request, CancellationToken cancellationToken)
    {
        ChannelRecord channel = await log.GetAsync(request.Channel, cancellationToken);
        long sequence = request.FromCase switch
        {
            V1.SubscribeRequest.FromOneofCase.Sequence => request.Sequence,
            V1.SubscribeRequest.FromOneofCase.Start => channel.FirstSequence,
            _ => channel.NextSequence,
        };
        channel.RequireReadable(sequence);
        return (channel, sequence);
    }

    /// <summary>Headers and frames without end; nothing lingers to fill a frame.</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="sequence">The first code.</param>
    /// <param name="maxCodes">Most codes in a frame; 0 leaves it to the server.</param>
    /// <param name="cancellationToken">Ends the subscription.</param>
    /// <exception cref="RequestException">NotFound: the channel was deleted. OutOfRange: retention overtook the subscriber.</exception>
    public async IAsyncEnumerable<V1.SubscribeResponse> ReadAsync(
        ChannelRecord channel, long sequence, int maxCodes, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        int codes = maxCodes == 0 ? options.Value.CodesPerFrame : maxCodes;
        int bytes = options.Value.FrameBytes;
        var assembler = new FrameAssembler(codes, bytes);
        Digest? version = null;
        while (true)
        {
            if (!assembler.IsFull)
            {
                foreach (StoredRun run in await log.ReadAsync(channel.Id, sequence, codes, bytes, cancellationToken))
                {
                    assembler.Add(run);
                    sequence += run.Run.Codes.Count;
                }
            }

            if (assembler.Take() is not { } frame)
            {
                await log.WaitAsync(channel.Id, sequence, cancellationToken);
                continue;
            }

            if (frame.Run.Version != version)
            {
                version = frame.Run.Version;
                yield return await HeaderAsync(frame, cancellationToken);
            }

            yield return new V1.SubscribeResponse
            {
                Frame = UnsafeByteOperations.UnsafeWrap(CodeFrame.Write(frame.Run.Quality, frame.Run.Codes)),
                FirstSequence = frame.FirstSequence,
            };
        }
    }

    private async Task<V1.SubscribeResponse> HeaderAsync(StoredRun frame, CancellationToken cancellationToken)
    {
        VersionRecord version = await registry.FindVersionAsync(frame.Run.Version, cancellationToken)
            ?? throw RequestException.NotFound("version", frame.Run.Version.Hex);
        return new V1.SubscribeResponse
        {
            Header = new V1.SubscribeResponse.Types.Header
            {
                Model = version.Model,
                Version = version.Digest.Hex,
                NextSequence = frame.FirstSequence,
            },
        };
    }
}
