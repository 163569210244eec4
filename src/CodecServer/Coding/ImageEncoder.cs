using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;
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
internal sealed class ImageEncoder : IAsyncDisposable
{
    private readonly CodingOptions _options;
    private readonly ServerLimits _limits;
    private readonly ServerMeter _meter;
    private readonly FairQueue<Job> _jobs = new();

    // One ticket for each job.
    private readonly Channel<bool> _tickets;
    private readonly Task _workers;

    public ImageEncoder(ServerLimits limits, ServerMeter meter, IOptions<CodingOptions> options)
    {
        _limits = limits;
        _meter = meter;
        _options = options.Value;

        // Never full: each writer holds one of as many places of the gate.
        _tickets = Channel.CreateBounded<bool>(_options.QueueLength);
        _workers = Task.WhenAll(Enumerable.Range(0, _options.Workers).Select(_ => Task.Run(WorkAsync)));
    }

    /// <summary>Encodes one image.</summary>
    /// <param name="payer">For whom the image is encoded.</param>
    /// <param name="lease">The model; held by the caller until this completes.</param>
    /// <param name="image">Pixels or a file.</param>
    /// <param name="quality">Index into the model's qualities.</param>
    /// <param name="wait">True waits for a place in the queue (streams); false refuses at once (unary calls).</param>
    /// <param name="cancellationToken">Ends the wait; an image that is still waiting is not encoded.</param>
    /// <exception cref="RequestException">
    /// InvalidArgument: the image or the quality does not fit the model. ResourceExhausted: the queue or the room for pixels is full.
    /// </exception>
    /// <exception cref="Imaging.InvalidImageException">The file is not an image, or exceeds a limit.</exception>
    public Task<byte[]> EncodeAsync(
        Payer payer,
        ModelLease lease,
        ImageSource image,
        int quality,
        bool wait,
        CancellationToken cancellationToken
    ) => _meter.CountRefusal(Operation.Encode, RunAsync(payer, lease, image, quality, wait, cancellationToken));

    /// <summary>Encodes the images that are waiting, then stops.</summary>
    public async ValueTask DisposeAsync()
    {
        _tickets.Writer.TryComplete();
        await _workers;
    }

    private async Task<byte[]> RunAsync(
        Payer payer,
        ModelLease lease,
        ImageSource image,
        int quality,
        bool wait,
        CancellationToken cancellationToken
    )
    {
        lease.RequireQuality("quality", quality);
        using var held = new Admission();
        using (_meter.Time(Stage.Admission))
        {
            if (wait)
                held.Turn = await _limits.StreamsInEncoderQueue.TakeAsync(payer, 1, Timeout.InfiniteTimeSpan, cancellationToken);

            held.Place = await _limits.EncoderQueue.EnterAsync(wait, cancellationToken);
            long pixels = await ImageInput.CountPixelsAsync(image, _options);
            held.Room = await _limits.Pixels.EnterAsync(payer, pixels, wait, cancellationToken);
        }

        InputImage input = await ReadAsync(image, lease.Model);
        var job = new Job(lease.Model, quality, input, new JobTrace(_meter), cancellationToken);
        _jobs.Enqueue(payer, job);
        _tickets.Writer.TryWrite(true);
        byte[] code = await job.Code.Task;
        _meter.Encoded(lease.Model.Manifest.Name, input.Size.Pixels, input.Samples.Length, code.Length);
        return code;
    }

    private async Task<InputImage> ReadAsync(ImageSource image, CodecModel model)
    {
        // Raw samples are checked, but not read.
        using StageTimer? timer = image is FileSource ? _meter.Time(Stage.Read) : null;
        return await ImageInput.ReadAsync(image, model, _options);
    }

    private async Task WorkAsync()
    {
        var batch = new List<Job>(_options.MaxBatch);
        while (await _tickets.Reader.WaitToReadAsync())
        {
            Job? alone = null;
            while (alone is null && batch.Count < _options.MaxBatch && TryTake(out Job? job))
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
                Finish([alone], EncodeAlone);
        }
    }

    private bool TryTake([NotNullWhen(true)] out Job? job)
    {
        job = null;
        return _tickets.Reader.TryRead(out _) && _jobs.TryDequeue(out job);
    }

    private void Finish(Job[] jobs, EncodeJobs encode)
    {
        if (jobs.Length == 0)
            return;

        var batch = new BatchTimes(_meter, jobs.Length);
        foreach (Job job in jobs)
            job.Trace.Taken(batch);

        try
        {
            byte[][] codes = encode(jobs, out TimeSpan analysis);
            batch.Complete(analysis);
            for (int i = 0; i < jobs.Length; i++)
            {
                jobs[i].Trace.Encoded(batch);
                jobs[i].Code.SetResult(codes[i]);
            }
        }
        catch (Exception exception)
        {
            foreach (Job job in jobs)
                job.Code.TrySetException(exception);
        }
    }

    private static byte[][] EncodeAlone(Job[] jobs, out TimeSpan analysis)
    {
        (CodecModel model, InputImage image) = (jobs[0].Model, jobs[0].Image);
        return [model.Encode(image.Samples.Span, image.Size.Width, image.Size.Height, jobs[0].Quality, out analysis)];
    }

    private static byte[][] EncodeBatch(Job[] jobs, out TimeSpan analysis)
    {
        int samples = jobs[0].Image.Samples.Length;
        byte[] pixels = ArrayPool<byte>.Shared.Rent(samples * jobs.Length);
        try
        {
            for (int i = 0; i < jobs.Length; i++)
                jobs[i].Image.Samples.Span.CopyTo(pixels.AsSpan(i * samples));

            return jobs[0].Model.EncodeBatch(pixels.AsSpan(0, samples * jobs.Length), jobs[0].Quality, out analysis);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(pixels);
        }
    }

    private delegate byte[][] EncodeJobs(Job[] jobs, out TimeSpan analysis);

    /// <summary>One image in the queue, and its code once it is encoded.</summary>
    private sealed record Job(CodecModel Model, int Quality, InputImage Image, JobTrace Trace, CancellationToken Abandoned)
    {
        public TaskCompletionSource<byte[]> Code { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool IsAbandoned() => Abandoned.IsCancellationRequested && Code.TrySetCanceled(Abandoned);
    }
}
