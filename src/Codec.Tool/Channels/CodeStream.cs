using System.Runtime.CompilerServices;
using Codec.Client;
using Codec.Frames;
using Codec.Images;

namespace Codec.Tool.Channels;

/// <summary>Reads a channel code by code.</summary>
internal static class CodeStream
{
    /// <summary>Subscribes to a channel.</summary>
    public static async IAsyncEnumerable<ReceivedCode> ReadAsync(
        CodecClient client,
        string channel,
        SubscribeOptions options,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        IAsyncEnumerator<ReceivedFrame> frames = client
            .SubscribeCodesAsync(channel, options, cancellationToken)
            .GetAsyncEnumerator(cancellationToken);
        await using ConfiguredAsyncDisposable disposal = frames.ConfigureAwait(false);
        while (await MoveAsync(frames, channel, options.Consumer).ConfigureAwait(false))
        {
            ReceivedFrame frame = frames.Current;
            for (int i = 0; i < frame.Codes.Count; i++)
                yield return new ReceivedCode(frame, i, options.Head);
        }
    }

    // The remedies of the SDK and of the server are calls of their API.
    private static async Task<bool> MoveAsync(IAsyncEnumerator<ReceivedFrame> frames, string channel, string? consumer)
    {
        string From(string start, long sequence) =>
            consumer is null ? $"--from {start}" : $"codec consumers seek {channel} {consumer} {sequence}";
        try
        {
            return await frames.MoveNextAsync().ConfigureAwait(false);
        }
        catch (SequenceException exception)
        {
            string reason = (exception.InnerException as SequenceException ?? exception).Message;
            throw new SequenceException(
                exception.FirstSequence,
                exception.NextSequence,
                $"{reason} {From("start", exception.FirstSequence)} continues with the oldest code.",
                exception
            );
        }
        catch (CorruptDataException exception) when (exception.NextSequence is { } next)
        {
            string reason = exception.Message.Split($" Continue at {next}")[0];
            throw new CorruptDataException($"{reason} {From($"{next}", next)} continues after it.", exception);
        }
    }
}

/// <summary>A code that arrived.</summary>
/// <param name="Frame">Its frame.</param>
/// <param name="Index">Its index in the frame.</param>
/// <param name="Head">The head that decodes it.</param>
internal sealed record ReceivedCode(ReceivedFrame Frame, int Index, string Head)
{
    /// <summary>Its number in the channel.</summary>
    public long Sequence => Frame.Sequences[Index];

    /// <summary>Its key, times and headers.</summary>
    public CodeInfo Info => Frame.Info[Index];

    /// <summary>Its part of the bytes on the wire: its own, and a share of the frame's.</summary>
    public double WireBytes => Code.Length + (double)(Frame.Frame.Length - Frame.Codes.Sum(code => code.Length)) / Frame.Codes.Count;

    private ReadOnlyMemory<byte> Code => Frame.Codes[Index];

    /// <summary>Decodes it.</summary>
    /// <param name="maxPixels">Maximum number of pixels of the image.</param>
    /// <exception cref="InvalidDataException">The image has more pixels.</exception>
    public Raster Decode(int maxPixels)
    {
        ImageSize size = Frame.Model.ReadSize(Code.Span, Head);
        return size.Pixels <= maxPixels
            ? Frame.Model.Decode(Code.Span, Frame.Quality, Head)
            : throw new InvalidDataException($"The image at {Sequence} is {size}; at most {maxPixels} pixels are decoded.");
    }

    /// <summary>Describes it.</summary>
    public CodeRow Describe()
    {
        ImageSize size = Frame.Model.ReadSize(Code.Span, Head);
        return new CodeRow(
            Sequence,
            Code.Length,
            size.Width,
            size.Height,
            Frame.Model.Manifest.Name,
            Frame.Model.Version.Hex,
            Frame.Quality,
            Info.Key,
            Info.CapturedAt,
            Info.StoredAt
        );
    }
}
