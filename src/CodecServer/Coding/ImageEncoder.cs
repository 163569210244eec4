using System.Buffers;
using System.Threading.Channels;
using Codec.Server.Models;
using Codec.Server.Options;
using Microsoft.Extensions.Options;

namespace Codec.Server.Coding;

/// <summary>Encodes images in batches: whatever waits for the same version and quality goes through the graph together.</summary>
internal sealed class ImageEncoder : IAsyncDisposable
{
    private readonly CodingOptions _options;
    private readonly AdmissionGate _gate;
    private readonly Channel<Job> _queue;
    private readonly Task _workers;

    public ImageEncoder(IOptions<CodingOptions> options)
    {
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
    /// <exception cref="RequestException">InvalidArgument: the image or the quality does not fit the model. ResourceExhausted: the queue is full.</exception>
    /// <exception cref="Imaging.InvalidImageException">The file is no image, or exceeds a limit.</exception>
    public async Task<byte[]> EncodeAsync(ModelLease lease, V1.Image? image, int quality, bool wait, CancellationToken cancellationToken)
    {
        ModelManifest manifest = lease.Model.Manifest;
        if (quality < 0 || quality >= manifest.Qualities.Count)
        {
            throw RequestException.Invalid("quality", $"{quality}; {manifest.Name} has 0 to {manifest.Qualities.Count - 1}.");
        }

        using IDisposable place = await _gate.EnterAsync(wait, cancellationToken);
        ReadOnlyMemory<byte> pixels = await ImageInput.ReadAsync(image, manifest.Input, _options);
        var job = new Job(lease.Model, quality, pixels, cancellationToken);
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
            while (batch.Count < _options.MaxBatch && _queue.Reader.TryRead(out Job? job))
            {
                batch.Add(job);
            }

            foreach (IGrouping<(CodecModel, int), Job> group in batch.GroupBy(job => (job.Model, job.Quality)))
            {
                Encode([.. group.Where(job => !job.IsAbandoned())]);
            }

            batch.Clear();
        }
    }

    private static void Encode(Job[] jobs)
    {
        if (jobs.Length == 0)
        {
            return;
        }

        int samples = jobs[0].Pixels.Length;
        byte[] pixels = ArrayPool<byte>.Shared.Rent(samples * jobs.Length);
        try
        {
            for (int i = 0; i < jobs.Length; i++)
            {
                jobs[i].Pixels.Span.CopyTo(pixels.AsSpan(i * samples));
            }

            byte[][] codes = jobs[0].Model.EncodeBatch(pixels.AsSpan(0, samples * jobs.Length), jobs[0].Quality);
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
        finally
        {
            ArrayPool<byte>.Shared.Return(pixels);
        }
    }

    /// <summary>One image in the queue.</summary>
    private sealed record Job(CodecModel Model, int Quality, ReadOnlyMemory<byte> Pixels, CancellationToken Abandoned)
    {
        public TaskCompletionSource<byte[]> Code { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool IsAbandoned() => Abandoned.IsCancellationRequested && Code.TrySetCanceled(Abandoned);
    }
}
