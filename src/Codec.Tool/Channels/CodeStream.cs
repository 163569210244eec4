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
        await foreach (ReceivedFrame frame in client.SubscribeCodesAsync(channel, options, cancellationToken).ConfigureAwait(false))
        {
            for (int i = 0; i < frame.Codes.Count; i++)
                yield return new ReceivedCode(frame, i, options.Head);
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
