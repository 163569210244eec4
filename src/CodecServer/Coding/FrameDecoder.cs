using Codec.Errors;
using Codec.Frames;
using Codec.Images;
using Codec.Models;
using Codec.Server.Limits;
using Codec.Server.Models;
using Codec.Server.Options;
using Microsoft.Extensions.Options;

namespace Codec.Server.Coding;

/// <summary>Decodes and checks frames, a bounded number at a time.</summary>
internal sealed class FrameDecoder(ServerLimits limits, IOptions<CodingOptions> options)
{
    /// <summary>
    /// Pixels whose codes are checked before a frame releases its worker and queues for one again: a fraction of a second of work, unless a
    /// single image is larger.
    /// </summary>
    private const long PixelsPerTurn = 1 << 22;

    /// <summary>Decodes every code of a frame.</summary>
    /// <param name="payer">For whom the frame is decoded.</param>
    /// <param name="lease">The model; held by the caller until this completes.</param>
    /// <param name="frame">The frame.</param>
    /// <param name="head">The decoder's name; empty means <c>image</c>.</param>
    /// <param name="wait">True waits for a place in the queue (streams); false refuses after a short wait (unary calls).</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The images, in the order of their codes; owned by the caller.</returns>
    /// <exception cref="RequestException">
    /// InvalidArgument: there is no such head, or the images are too large for one answer. ResourceExhausted: the queue or the room for
    /// pixels is full.
    /// </exception>
    /// <exception cref="InvalidCodeException">The frame is malformed, belongs to another version, or holds a malformed code.</exception>
    public async Task<IReadOnlyList<Raster>> DecodeAsync(
        Payer payer,
        ModelLease lease,
        ReadOnlyMemory<byte> frame,
        string head,
        bool wait,
        CancellationToken cancellationToken
    )
    {
        string name = head.Length == 0 ? ModelManifest.ImageHead : head;
        ModelManifest manifest = lease.Model.Manifest;
        HeadEntry entry =
            manifest.Heads.FirstOrDefault(candidate => candidate.Name == name)
            ?? throw RequestException.Invalid(
                "head",
                $"{manifest.Name} has no head '{name}'; it has: {string.Join(", ", manifest.Heads.Select(candidate => candidate.Name))}."
            );
        FrameReader reader = lease.Model.ReadFrame(frame);

        // A code of a grid model states its size, which is read only when the code is decoded: reserve the most that an answer may hold.
        long bytes = lease.Model.IsFixedSize ? (long)reader.Remaining * entry.Output.Samples : options.Value.MaxDecodedBytes;
        RequireAnswer(bytes);
        using IDisposable? turn = wait
            ? await limits.StreamsInDecoderQueue.TakeAsync(payer, 1, Timeout.InfiniteTimeSpan, cancellationToken)
            : null;
        using IDisposable place = await limits.DecoderQueue.TakeAsync(
            payer,
            1,
            wait ? Timeout.InfiniteTimeSpan : limits.UnaryPatience,
            cancellationToken
        );
        using IDisposable room = await limits.Pixels.EnterAsync(payer, bytes / entry.Output.Channels, wait, cancellationToken);
        return await limits.Decoding.RunAsync(payer, () => Decode(reader, entry), cancellationToken);
    }

    /// <summary>Splits a frame into its codes and checks each by decoding its symbols. Waits for its turn.</summary>
    /// <exception cref="RequestException">InvalidArgument: an image has too many pixels.</exception>
    /// <exception cref="InvalidCodeException">The frame is malformed, belongs to another version, or holds a malformed code.</exception>
    public async Task<FrameCodes> SplitAsync(Payer payer, ModelLease lease, ReadOnlyMemory<byte> frame, CancellationToken cancellationToken)
    {
        FrameReader reader = lease.Model.ReadFrame(frame);
        var codes = new List<ReadOnlyMemory<byte>>();
        using IDisposable turn = await limits.StreamsInDecoderQueue.TakeAsync(payer, 1, Timeout.InfiniteTimeSpan, cancellationToken);
        using IDisposable place = await limits.DecoderQueue.TakeAsync(payer, 1, Timeout.InfiniteTimeSpan, cancellationToken);
        while (await limits.Decoding.RunAsync(payer, () => Split(reader, codes), cancellationToken)) { }

        return new FrameCodes(reader.Quality, codes, reader.ReadInfo());
    }

    /// <summary>Decodes image by image, each only after its size was checked to fit into the answer.</summary>
    private List<Raster> Decode(FrameReader reader, HeadEntry head)
    {
        var images = new List<Raster>();
        long bytes = 0;
        while (reader.Remaining > 0)
        {
            bytes += PeekPixels(reader, head.Name) * head.Output.Channels;
            RequireAnswer(bytes);
            images.Add(reader.ReadImage(head.Name));
        }

        return images;
    }

    /// <summary>Checks as many codes as one turn allows; returns whether there are more.</summary>
    private bool Split(FrameReader reader, List<ReadOnlyMemory<byte>> codes)
    {
        for (long pixels = 0; reader.Remaining > 0 && pixels < PixelsPerTurn; )
        {
            pixels += PeekPixels(reader, ModelManifest.ImageHead);
            codes.Add(reader.ReadCode());
        }

        return reader.Remaining > 0;
    }

    private long PeekPixels(FrameReader reader, string head)
    {
        ImageSize size = reader.PeekSize(head);
        return size.Pixels <= options.Value.MaxImagePixels
            ? size.Pixels
            : throw RequestException.Invalid(
                "frame",
                $"an image has {size} pixels; at most {options.Value.MaxImagePixels} in all are allowed."
            );
    }

    private void RequireAnswer(long bytes)
    {
        if (bytes > options.Value.MaxDecodedBytes)
        {
            throw RequestException.Invalid(
                "frame",
                $"its images have {bytes} bytes or more; one answer has at most {options.Value.MaxDecodedBytes}. Send fewer codes in a frame, or decode locally."
            );
        }
    }
}
