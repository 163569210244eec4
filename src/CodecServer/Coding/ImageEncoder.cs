using System.Buffers;
using System.Threading.Channels;
using Codec.Models;
using Codec.Server.Models;
using Codec.Server.Options;
using Microsoft.Extensions.Options;

namespace Codec.Server.Coding;

/// <summary>
/// Encodes images in batches: whatever waits for the same version and quality goes through the graph together. Images of grid models,
/// each of its own size, go alone.
/// </summary>
internal sealed class ImageEncoder : IAsyncDisposable
{
    private readonly CodingOptions _options;
    private readonly AdmissionGate _gate;
    private readonly PixelMemory _memory;
    private readonly Channel<Job> _queue;
    private readonly Task _workers;

    public ImageEncoder(PixelMemory memory, IOptions<CodingOptions> options)
    {
        _memory = memory;
        _options = options.Value;
        _gate = new AdmissionGate("The encoder's queue", _options.QueueLength);

        // The gate is the bound: whoever is inside finds a place here.
        _queue = Channel.CreateBounded<Job>(_options.QueueLength);
        _workers = Task.WhenAll(Enumerable.Range(0, _options.Workers).Select(_ => Task.Run(WorkAsync)));
    }

    /// <summary>Encodes one image.</summary>
    /// <param name="lease">The model; held by the caller until this completes.</param>
    /// <param name="image">Pixels or a file.</param>
    /// <param name="quality">Index into the model's qualities.</param>
    /// <param name="wait">Whether to wait for a place in the queue (streams) or to be refused (unary calls).</param>
    /// <param name="cancellationToken">Gives up; the image is not encoded if it still waits.</param>
    /// <exception cref="RequestException">
    /// InvalidArgument: the image or the quality does not fit the model. ResourceExhausted: the queue or the room for pixels is full.
    /// </exception>
    /// <exception cref="Imaging.InvalidImageException">The file is no image, or exceeds a limit.</exception>
    public async Task<byte[]> EncodeAsync(ModelLease lease, V1.Image? image, int quality, bool wait, CancellationToken cancellationToken)
    {
        ModelManifest manifest = lease.Model.Manifest;
        if (quality < 0 || quality >= manifest.Qualities.Count)
        {
            throw RequestException.Invalid("quality", $"{quality}; {manifest.Name} has 0 to {manifest.Qualities.Count - 1}.");
        }

        using IDisposable place = await _gate.EnterAsync(wait, cancellationToken);
        using IDisposable room = await _memory.EnterAsync(ImageInput.CountPixels(image, _options), wait, cancellationToken);
        InputImage input = await ImageInput.ReadAsync(image!, lease.Model, _options);
        var job = new Job(lease.Model, quality, input, cancellationToken);
        _queue.Writer.TryWrite(job);
        return await job.Code.Task;
    }

    /// <summary>Takes a place in the queue without an image, until what is returned is disposed.</summary>
    internal ValueTask<IDisposable> EnterAsync(CancellationToken cancellationToken) => _gate.EnterAsync(wait: true, cancellationToken);

    /// <summary>Finishes what waits, and stops.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await _workers;
        _gate.Dispose();
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
            {
                Finish([.. group.Where(job => !job.IsAbandoned())], EncodeBatch);
            }

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
        {
            return;
        }

        try
        {
            byte[][] codes = encode(jobs);
            for (int i = 0; i < jobs.Length; i++)
            {
                jobs[i].Code.SetResult(codes[i]);
            }
        }
        catch (Exception exception)
        {
            foreach (Job job in jobs)
            {
                job.Code.TrySetException(exception);
            }
        }
    }

    private static byte[][] EncodeBatch(Job[] jobs)
    {
        int samples = jobs[0].Image.Samples.Length;
        byte[] pixels = ArrayPool<byte>.Shared.Rent(samples * jobs.Length);
        try
        {
            for (int i = 0; i < jobs.Length; i++)
            {
                jobs[i].Image.Samples.Span.CopyTo(pixels.AsSpan(i * samples));
            }

            return jobs[0].Model.EncodeBatch(pixels.AsSpan(0, samples * jobs.Length), jobs[0].Quality);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(pixels);
        }
    }

    /// <summary>One image in the queue.</summary>
    private sealed record Job(CodecModel Model, int Quality, InputImage Image, CancellationToken Abandoned)
    {
        public TaskCompletionSource<byte[]> Code { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool IsAbandoned() => Abandoned.IsCancellationRequested && Code.TrySetCanceled(Abandoned);
    }
}
