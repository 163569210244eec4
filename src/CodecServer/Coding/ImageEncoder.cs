using System.Buffers;
using System.Threading.Channels;
using Codec.Server.Limits;
using Codec.Server.Models;
using Codec.Server.Options;
using Microsoft.Extensions.Options;

namespace Codec.Server.Coding;

/// <summary>
/// Encodes images in batches: waiting images of the same version and quality run through the graph together. Each image of a grid model has
/// a size of its own and is encoded alone.
/// </summary>
internal sealed class ImageEncoder : IAsyncDisposable
{
    private readonly CodingOptions _options;
    private readonly ServerLimits _limits;
    private readonly Channel<Job> _queue;
    private readonly Task _workers;

    public ImageEncoder(ServerLimits limits, IOptions<CodingOptions> options)
    {
        _limits = limits;
        _options = options.Value;

        // Never full: each writer holds one of as many places of the gate.
        _queue = Channel.CreateBounded<Job>(_options.QueueLength);
        _workers = Task.WhenAll(Enumerable.Range(0, _options.Workers).Select(_ => Task.Run(WorkAsync)));
    }

    /// <summary>Encodes one image.</summary>
    /// <param name="lease">The model; held by the caller until this completes.</param>
    /// <param name="image">Pixels or a file.</param>
    /// <param name="quality">Index into the model's qualities.</param>
    /// <param name="wait">True waits for a place in the queue (streams); false refuses at once (unary calls).</param>
    /// <param name="cancellationToken">Ends the wait; an image that is still waiting is not encoded.</param>
    /// <exception cref="RequestException">
    /// InvalidArgument: the image or the quality does not fit the model. ResourceExhausted: the queue or the room for pixels is full.
    /// </exception>
    /// <exception cref="Imaging.InvalidImageException">The file is not an image, or exceeds a limit.</exception>
    public async Task<byte[]> EncodeAsync(ModelLease lease, ImageSource image, int quality, bool wait, CancellationToken cancellationToken)
    {
        lease.RequireQuality("quality", quality);
        using IDisposable place = await _limits.EncoderQueue.EnterAsync(wait, cancellationToken);
        using IDisposable room = await _limits.Pixels.EnterAsync(ImageInput.CountPixels(image, _options), wait, cancellationToken);
        InputImage input = await ImageInput.ReadAsync(image, lease.Model, _options);
        var job = new Job(lease.Model, quality, input, cancellationToken);
        _queue.Writer.TryWrite(job);
        return await job.Code.Task;
    }

    /// <summary>Encodes the images that are waiting, then stops.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await _workers;
    }

    private async Task WorkAsync()
    {
        var batch = new List<Job>(_options.MaxBatch);
        while (await _queue.Reader.WaitToReadAsync())
        {
            Job? alone = null;
            while (alone is null && batch.Count < _options.MaxBatch && _queue.Reader.TryRead(out Job? job))
            {
                if (job.Model.Batches)
                {
                    batch.Add(job);
                }
                else
                {
                    alone = job;
                }
            }

            foreach (IGrouping<(CodecModel, int), Job> group in batch.GroupBy(job => (job.Model, job.Quality)))
                Finish([.. group.Where(job => !job.IsAbandoned())], EncodeBatch);

            batch.Clear();
            if (alone?.IsAbandoned() == false)
            {
                Finish(
                    [alone],
                    jobs =>
                        [
                            jobs[0]
                                .Model.Encode(
                                    jobs[0].Image.Samples.Span,
                                    jobs[0].Image.Size.Width,
                                    jobs[0].Image.Size.Height,
                                    jobs[0].Quality
                                ),
                        ]
                );
            }
        }
    }

    private static void Finish(Job[] jobs, Func<Job[], byte[][]> encode)
    {
        if (jobs.Length == 0)
            return;

        try
        {
            byte[][] codes = encode(jobs);
            for (int i = 0; i < jobs.Length; i++)
                jobs[i].Code.SetResult(codes[i]);
        }
        catch (Exception exception)
        {
            foreach (Job job in jobs)
                job.Code.TrySetException(exception);
        }
    }

    private static byte[][] EncodeBatch(Job[] jobs)
    {
        int samples = jobs[0].Image.Samples.Length;
        byte[] pixels = ArrayPool<byte>.Shared.Rent(samples * jobs.Length);
        try
        {
            for (int i = 0; i < jobs.Length; i++)
                jobs[i].Image.Samples.Span.CopyTo(pixels.AsSpan(i * samples));

            return jobs[0].Model.EncodeBatch(pixels.AsSpan(0, samples * jobs.Length), jobs[0].Quality);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(pixels);
        }
    }

    /// <summary>One image in the queue, and its code once it is encoded.</summary>
    private sealed record Job(CodecModel Model, int Quality, InputImage Image, CancellationToken Abandoned)
    {
        public TaskCompletionSource<byte[]> Code { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool IsAbandoned() => Abandoned.IsCancellationRequested && Code.TrySetCanceled(Abandoned);
    }
}
