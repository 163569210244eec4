using Codec.Imaging;
using Codec.Server.Limits;
using Codec.Server.Models;
using Codec.Server.Options;
using Codec.Server.Telemetry;
using Microsoft.Extensions.Options;

namespace Codec.Server.Coding;

/// <summary>
/// Encodes images in batches: waiting images of the same version and quality run through the graph together. Each image of a grid model has
/// a size of its own and is encoded alone. Callers take turns, and in a caller's turn its streams.
/// </summary>
internal sealed class ImageEncoder : IDisposable
{
    // An effort keeps the decoded image, two aims and the moves between them, and 240 bytes a pixel of a tile of at most 576×576 (ADR 49).
    private const long AimBytesPerPixel = 24;
    private const long TileBytesPerPixel = 240;
    private const long TilePixels = 576 * 576;

    private readonly ServerLimits _limits;
    private readonly ServerMeter _meter;
    private readonly ImageInput _input;
    private readonly int _maxEffort;

    // Small images have threads of their own, so that large ones do not delay them.
    private readonly EncodingLane _small;
    private readonly EncodingLane _large;

    public ImageEncoder(ServerLimits limits, ServerMeter meter, IOptions<CodingOptions> options)
    {
        _limits = limits;
        _meter = meter;
        _input = new ImageInput(limits, options.Value);
        _maxEffort = options.Value.MaxEffort;
        _small = new EncodingLane("Small encoder", meter, options.Value);
        _large = new EncodingLane("Encoder", meter, options.Value);
    }

    /// <summary>Encodes an image, or several of one message.</summary>
    /// <param name="payer">For whom the image is encoded.</param>
    /// <param name="lease">The model; held by the caller until this completes.</param>
    /// <param name="image">Pixels or a file.</param>
    /// <param name="quality">Index into the model's qualities.</param>
    /// <param name="effort">How often to look at what is decoded; a model of one size ignores it.</param>
    /// <param name="wait">True waits for a place in the queue (streams); false refuses after a short wait (unary calls).</param>
    /// <param name="cancellationToken">Ends the wait; an image that is still waiting is not encoded.</param>
    /// <returns>The code of each image, in order.</returns>
    /// <exception cref="RequestException">
    /// InvalidArgument: the image or the quality does not fit the model, the effort is above the largest, or it takes more memory than all
    /// images may. ResourceExhausted: the queue or the room for images is full.
    /// </exception>
    /// <exception cref="InvalidImageException">The file is not an image, or exceeds a limit.</exception>
    public Task<byte[][]> EncodeAsync(
        Payer payer,
        ModelLease lease,
        ImageSource image,
        int quality,
        int effort,
        bool wait,
        CancellationToken cancellationToken
    ) => _meter.CountRefusal(Operation.Encode, RunAsync(payer, lease, image, quality, effort, wait, cancellationToken));

    /// <summary>Refuses an effort above the server's largest.</summary>
    /// <exception cref="RequestException">InvalidArgument.</exception>
    public void RequireEffort(string field, int effort)
    {
        if (effort < 0 || effort > _maxEffort)
        {
            throw RequestException.Invalid(
                field,
                $"{effort} is out of range; this server has 0 to {_maxEffort}. Ask for less, or encode locally; "
                    + "the server's --max-effort sets the limit."
            );
        }
    }

    /// <summary>Encodes the images that are waiting, then stops.</summary>
    public void Dispose()
    {
        _small.Dispose();
        _large.Dispose();
    }

    private async Task<byte[][]> RunAsync(
        Payer payer,
        ModelLease lease,
        ImageSource image,
        int quality,
        int effort,
        bool wait,
        CancellationToken cancellationToken
    )
    {
        lease.RequireQuality("quality", quality);
        RequireEffort("effort", effort);
        ImageCost cost;
        long aim;
        using var held = new Admission();
        using (_meter.Time(Stage.Admission))
        {
            if (wait)
                held.Turn = await _limits.StreamsInEncoderQueue.TakeAsync(payer, image.Count, Timeout.InfiniteTimeSpan, cancellationToken);

            // Room first: what waits for it keeps no place from others.
            cost = await _input.MeasureAsync(payer, image, cancellationToken);
            aim = effort == 0 || lease.Model.IsFixedSize ? 0 : MeasureAim(cost);
            held.Room = await _limits.Images.EnterAsync(payer, cost.PeakBytes + aim, wait, cancellationToken);
            held.Place = await _limits.EncoderQueue.TakeAsync(payer, image.Count, _limits.Patience(wait), cancellationToken);
        }

        using InputImage input = await ReadAsync(payer, image, cost.Size.Pixels, lease.Model, cancellationToken);
        held.Room.ShrinkTo(2L * input.Samples.Length + aim);
        byte[][] codes = await (input.Size.Pixels <= ServerLimits.SmallPixels ? _small : _large).EncodeAsync(
            payer,
            new EncodingJob(lease.Model, quality, effort, input, new JobTrace(_meter), cancellationToken)
        );
        _meter.Encoded(
            lease.Model.Manifest.Name,
            input.Count,
            input.Size.Pixels * input.Count,
            input.Samples.Length,
            codes.Sum(code => code.Length)
        );
        return codes;
    }

    /// <summary>Returns the most that an image takes because of its effort.</summary>
    /// <exception cref="RequestException">InvalidArgument: the image takes more than all images may.</exception>
    private long MeasureAim(ImageCost cost)
    {
        long pixels = cost.Size.Pixels,
            bytes = AimBytesPerPixel * pixels + TileBytesPerPixel * Math.Min(pixels, TilePixels);
        return cost.PeakBytes + bytes <= _limits.Images.Budget.Limit
            ? bytes
            : throw RequestException.Invalid(
                "effort",
                $"above 0, an image of {cost.Size} takes {cost.PeakBytes + bytes} bytes of memory; at most {_limits.Images.Budget.Limit} "
                    + "are allowed. Shrink it, or ask for effort 0; the server's --image-bytes sets the limit."
            );
    }

    private async Task<InputImage> ReadAsync(
        Payer payer,
        ImageSource image,
        long pixels,
        CodecModel model,
        CancellationToken cancellationToken
    )
    {
        // Raw samples are checked, but not read.
        using StageTimer? timer = image is FileSource ? _meter.Time(Stage.Read) : null;
        return await _input.ReadAsync(payer, image, pixels, model, cancellationToken);
    }
}
