using System.Buffers;
using Codec.Server.Limits;
using Codec.Server.Models;
using Codec.Server.Options;
using Microsoft.Extensions.Options;

namespace Codec.Server.Coding;

/// <summary>
/// Encodes images in batches: waiting images of the same version and quality run through the graph together. Each image of a grid model has
/// a size of its own and is encoded alone. Callers take turns, and in a caller's turn its streams.
/// </summary>
internal sealed class ImageEncoder : IDisposable
{
    private readonly CodingOptions _options;
    private readonly ServerLimits _limits;
    private readonly FairQueue<Job> _jobs = new();

    private readonly ImageInput _input;

    // One ticket for each job.
    private readonly SemaphoreSlim _tickets = new(0);

    // Not of the pool, whose threads serve requests.
    private readonly Thread[] _workers;
    private volatile bool _stops;

    public ImageEncoder(ServerLimits limits, IOptions<CodingOptions> options)
    {
        _limits = limits;
        _options = options.Value;
        _input = new ImageInput(limits, options.Value);
        _workers = [.. Enumerable.Range(0, _options.Workers).Select(_ => new Thread(Work) { IsBackground = true, Name = "Encoder" })];
        Array.ForEach(_workers, worker => worker.Start());
    }

    /// <summary>Encodes one image.</summary>
    /// <param name="payer">For whom the image is encoded.</param>
    /// <param name="lease">The model; held by the caller until this completes.</param>
    /// <param name="image">Pixels or a file.</param>
    /// <param name="quality">Index into the model's qualities.</param>
    /// <param name="wait">True waits for a place in the queue (streams); false refuses after a short wait (unary calls).</param>
    /// <param name="cancellationToken">Ends the wait; an image that is still waiting is not encoded.</param>
    /// <exception cref="RequestException">
    /// InvalidArgument: the image or the quality does not fit the model. ResourceExhausted: the queue or the room for pixels is full.
    /// </exception>
    /// <exception cref="Imaging.InvalidImageException">The file is not an image, or exceeds a limit.</exception>
    public async Task<byte[]> EncodeAsync(
        Payer payer,
        ModelLease lease,
        ImageSource image,
        int quality,
        bool wait,
        CancellationToken cancellationToken
    )
    {
        lease.RequireQuality("quality", quality);
        using IDisposable? turn = wait
            ? await _limits.StreamsInEncoderQueue.TakeAsync(payer, 1, Timeout.InfiniteTimeSpan, cancellationToken)
            : null;
        using IDisposable place = await _limits.EncoderQueue.TakeAsync(
            payer,
            1,
            wait ? Timeout.InfiniteTimeSpan : _limits.UnaryPatience,
            cancellationToken
        );
        long pixels = await _input.CountPixelsAsync(payer, image, cancellationToken);
        using IDisposable room = await _limits.Pixels.EnterAsync(payer, pixels, wait, cancellationToken);
        InputImage input = await _input.ReadAsync(payer, image, lease.Model, cancellationToken);
        var job = new Job(lease.Model, quality, input, cancellationToken);
        _jobs.Enqueue(payer, job);
        _tickets.Release();
        return await job.Code.Task;
    }

    /// <summary>Encodes the images that are waiting, then stops.</summary>
    public void Dispose()
    {
        _stops = true;
        _tickets.Release(_workers.Length);
        Array.ForEach(_workers, worker => worker.Join());
        _tickets.Dispose();
    }

    private void Work()
    {
        var batch = new List<Job>(_options.MaxBatch);
        while (true)
        {
            _tickets.Wait();
            if (!_jobs.TryDequeue(out Job? job))
            {
                // Another worker's batch has taken the job of this ticket, or the workers are to stop.
                if (_stops)
                    return;

                continue;
            }

            Job? alone = null;
            do
            {
                if (job.Model.Batches)
                {
                    batch.Add(job);
                }
                else
                {
                    alone = job;
                }
            } while (alone is null && batch.Count < _options.MaxBatch && _jobs.TryDequeue(out job));

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
