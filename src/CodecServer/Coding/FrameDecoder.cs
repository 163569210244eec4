using Codec.Errors;
using Codec.Frames;
using Codec.Images;
using Codec.Models;
using Codec.Server.Limits;
using Codec.Server.Models;
using Codec.Server.Options;
using Codec.Server.Telemetry;
using Microsoft.Extensions.Options;

namespace Codec.Server.Coding;

/// <summary>Decodes and checks frames, a bounded number at a time.</summary>
internal sealed class FrameDecoder(ServerLimits limits, ServerMeter meter, IOptions<CodingOptions> options)
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
    /// images is full.
    /// </exception>
    /// <exception cref="InvalidCodeException">The frame is malformed, belongs to another version, or holds a malformed code.</exception>
    public Task<IReadOnlyList<Raster>> DecodeAsync(
        Payer payer,
        ModelLease lease,
        ReadOnlyMemory<byte> frame,
        string head,
        bool wait,
        CancellationToken cancellationToken
    ) => meter.CountRefusal(Operation.Decode, RunAsync(payer, lease, frame, head, wait, cancellationToken));

    /// <summary>Splits a frame into its codes and checks each by decoding its symbols. Waits for its turn.</summary>
    /// <exception cref="RequestException">InvalidArgument: an image has too many pixels.</exception>
    /// <exception cref="InvalidCodeException">The frame is malformed, belongs to another version, or holds a malformed code.</exception>
    public Task<FrameCodes> SplitAsync(Payer payer, ModelLease lease, ReadOnlyMemory<byte> frame, CancellationToken cancellationToken) =>
        meter.CountRefusal(Operation.Check, CheckAsync(payer, lease, frame, cancellationToken));

    private async Task<IReadOnlyList<Raster>> RunAsync(
        Payer payer,
        ModelLease lease,
        ReadOnlyMemory<byte> frame,
        string head,
        bool wait,
        CancellationToken cancellationToken
    )
    {
        ModelManifest manifest = lease.Model.Manifest;
        HeadEntry entry = Head(manifest, head);
        FrameReader reader = lease.Model.ReadFrame(frame);
        long bytes = MostBytes(lease.Model, reader, entry);
        long pixels = bytes / entry.Output.Channels;
        long working = lease.Model.IsFixedSize ? 0 : lease.Model.MeasureDecoding(LargestSize(reader, entry, pixels), entry.Name);
        using var held = new Admission();
        using (meter.Time(Stage.Admission))
        {
            if (wait)
                held.Turn = await limits.StreamsInDecoderQueue.TakeAsync(payer, 1, Timeout.InfiniteTimeSpan, cancellationToken);

            // Room first: what waits for it keeps no place from others.
            // The images, their copy in the answer, and what the decoder takes for one at a time.
            held.Room = await limits.Images.EnterAsync(payer, 2 * bytes + working, wait, cancellationToken);
            held.Place = await limits.DecoderQueue.TakeAsync(payer, 1, limits.Patience(wait), cancellationToken);
        }

        using WorkThreads.Worker worker = await EnterWorkerAsync(payer, pixels, cancellationToken);
        using StageTimer timer = meter.Time(Stage.Decode);
        List<Raster> images = await worker.RunAsync(() => Decode(reader, entry));
        meter.Counted(Operation.Decode, manifest.Name, images.Count, images.Sum(image => image.Size.Pixels));
        return images;
    }

    /// <summary>The most bytes of pixels that the answer to a frame has.</summary>
    /// <exception cref="RequestException">InvalidArgument, as for <see cref="DecodeAsync"/>.</exception>
    /// <exception cref="InvalidCodeException">The frame is malformed, or belongs to another version.</exception>
    public long MostBytes(ModelLease lease, ReadOnlyMemory<byte> frame, string head) =>
        MostBytes(lease.Model, lease.Model.ReadFrame(frame), Head(lease.Model.Manifest, head));

    private async Task<FrameCodes> CheckAsync(
        Payer payer,
        ModelLease lease,
        ReadOnlyMemory<byte> frame,
        CancellationToken cancellationToken
    )
    {
        FrameReader reader = lease.Model.ReadFrame(frame);
        var codes = new List<ReadOnlyMemory<byte>>();
        using var held = new Admission();
        using (meter.Time(Stage.Admission))
        {
            held.Turn = await limits.StreamsInDecoderQueue.TakeAsync(payer, 1, Timeout.InfiniteTimeSpan, cancellationToken);
            held.Place = await limits.DecoderQueue.TakeAsync(payer, 1, Timeout.InfiniteTimeSpan, cancellationToken);
        }

        long pixels = 0;
        while (reader.Remaining > 0)
        {
            long left = reader.Remaining * PeekPixels(reader, ModelManifest.ImageHead);
            using WorkThreads.Worker worker = await EnterWorkerAsync(payer, left, cancellationToken);
            using StageTimer timer = meter.Time(Stage.Check);
            pixels += await worker.RunAsync(() => Split(reader, codes));
        }

        meter.Counted(Operation.Check, lease.Model.Manifest.Name, codes.Count, pixels);
        return new FrameCodes(reader.Quality, codes, reader.ReadInfo());
    }

    private async ValueTask<WorkThreads.Worker> EnterWorkerAsync(Payer payer, long pixels, CancellationToken cancellationToken)
    {
        using StageTimer timer = meter.Time(Stage.Queue);
        return await limits.Decoding(pixels).EnterAsync(payer, cancellationToken);
    }

    private static HeadEntry Head(ModelManifest manifest, string head)
    {
        string name = head.Length == 0 ? ModelManifest.ImageHead : head;
        return manifest.Heads.FirstOrDefault(candidate => candidate.Name == name)
            ?? throw RequestException.Invalid(
                "head",
                $"{manifest.Name} has no head '{name}'; it has: {string.Join(", ", manifest.Heads.Select(candidate => candidate.Name))}."
            );
    }

    private long MostBytes(CodecModel model, FrameReader reader, HeadEntry head)
    {
        // A code of a grid model states its size, which is read only when the code before it is decoded: of several, the most that an
        // answer may hold.
        long bytes =
            model.IsFixedSize ? (long)reader.Remaining * head.Output.Samples
            : reader.Remaining == 1 ? PeekPixels(reader, head.Name) * head.Output.Channels
            : options.Value.MaxDecodedBytes;
        RequireAnswer(bytes);
        return bytes;
    }

    /// <summary>
    /// The size of the image that takes most to decode: of several, whose sizes are not known yet, the widest that an answer may hold.
    /// </summary>
    private static ImageSize LargestSize(FrameReader reader, HeadEntry head, long pixels)
    {
        if (reader.Remaining == 1)
            return reader.PeekSize(head.Name);

        int width = (int)Math.Min(pixels, ModelLimits.MaxImageSide);
        return new ImageSize(width, (int)Math.Min((pixels + width - 1) / width, ModelLimits.MaxImageSide));
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

    /// <summary>Checks codes for one turn of a worker; returns the pixels of their images.</summary>
    private long Split(FrameReader reader, List<ReadOnlyMemory<byte>> codes)
    {
        long pixels = 0;
        while (reader.Remaining > 0 && pixels < PixelsPerTurn)
        {
            pixels += PeekPixels(reader, ModelManifest.ImageHead);
            codes.Add(reader.ReadCode());
        }

        return pixels;
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
