using System.Buffers;
using Codec.Server.Limits;
using Codec.Server.Options;
using Codec.Server.Telemetry;

namespace Codec.Server.Coding;

/// <summary>
/// Threads that encode waiting images in batches, not of the pool, whose threads serve requests. Bounded by its callers, each of which
/// holds a place in the encoder's queue.
/// </summary>
internal sealed class EncodingLane : IDisposable
{
    private readonly CodingOptions _options;
    private readonly ServerMeter _meter;
    private readonly FairQueue<EncodingJob> _jobs = new();

    // One ticket for each job.
    private readonly SemaphoreSlim _tickets = new(0);
    private readonly Thread[] _workers;
    private volatile bool _stops;

    public EncodingLane(string name, ServerMeter meter, CodingOptions options)
    {
        _meter = meter;
        _options = options;
        _workers = [.. Enumerable.Range(0, _options.Workers).Select(_ => new Thread(Work) { IsBackground = true, Name = name })];
        Array.ForEach(_workers, worker => worker.Start());
    }

    /// <summary>Encodes the images of one job.</summary>
    public Task<byte[][]> EncodeAsync(Payer payer, EncodingJob job)
    {
        _jobs.Enqueue(payer, job);
        _tickets.Release();
        return job.Codes.Task;
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
        var batch = new List<EncodingJob>(_options.MaxBatch);
        while (true)
        {
            _tickets.Wait();
            if (!_jobs.TryDequeue(out EncodingJob? job))
            {
                // Another worker's batch has taken the job of this ticket, or the workers are to stop.
                if (_stops)
                    return;

                continue;
            }

            // Each image of a batch waits for all of it: the workers share what is waiting, instead of one taking all that it may.
            int most = Math.Min(_options.MaxBatch, (_jobs.Count + _workers.Length) / _workers.Length);
            EncodingJob? alone = null;
            int images = 0;
            do
            {
                if (job.Model.Batches)
                {
                    batch.Add(job);
                    images += job.Image.Count;
                }
                else
                {
                    alone = job;
                }
            } while (
                alone is null && batch.Count < most && _jobs.TryDequeue(out job, next => images + next.Image.Count <= _options.MaxBatch)
            );

            foreach (IGrouping<(CodecModel, int), EncodingJob> group in batch.GroupBy(job => (job.Model, job.Quality)))
                Finish([.. group.Where(job => !job.IsAbandoned())], EncodeBatch);

            batch.Clear();
            if (alone?.IsAbandoned() == false)
                Finish([alone], EncodeAlone);
        }
    }

    private void Finish(EncodingJob[] jobs, EncodeJobs encode)
    {
        if (jobs.Length == 0)
            return;

        var batch = new BatchTimes(_meter, jobs.Sum(job => job.Image.Count));
        foreach (EncodingJob job in jobs)
            job.Trace.Taken(batch);

        try
        {
            byte[][] codes = encode(jobs, out TimeSpan analysis);
            batch.Complete(analysis);
            int first = 0;
            foreach (EncodingJob job in jobs)
            {
                int next = first + job.Image.Count;
                job.Trace.Encoded(batch);
                job.Codes.SetResult(jobs.Length == 1 ? codes : codes[first..next]);
                first = next;
            }
        }
        catch (Exception exception)
        {
            foreach (EncodingJob job in jobs)
                job.Codes.TrySetException(exception);
        }
    }

    private static byte[][] EncodeAlone(EncodingJob[] jobs, out TimeSpan analysis)
    {
        (CodecModel model, int quality, int effort, InputImage image) = (jobs[0].Model, jobs[0].Quality, jobs[0].Effort, jobs[0].Image);
        analysis = default;
        var codes = new byte[image.Count][];
        int samples = image.Samples.Length / image.Count;
        for (int i = 0; i < codes.Length; i++)
        {
            ReadOnlySpan<byte> own = image.Samples.Span.Slice(i * samples, samples);
            codes[i] = model.Encode(own, image.Size.Width, image.Size.Height, quality, effort, out TimeSpan time);
            analysis += time;
        }

        return codes;
    }

    private static byte[][] EncodeBatch(EncodingJob[] jobs, out TimeSpan analysis)
    {
        (CodecModel model, int quality) = (jobs[0].Model, jobs[0].Quality);
        if (jobs.Length == 1)
            return model.EncodeBatch(jobs[0].Image.Samples.Span, quality, out analysis);

        int samples = jobs.Sum(job => job.Image.Samples.Length);
        byte[] pixels = ArrayPool<byte>.Shared.Rent(samples);
        try
        {
            int start = 0;
            foreach (EncodingJob job in jobs)
            {
                job.Image.Samples.Span.CopyTo(pixels.AsSpan(start));
                start += job.Image.Samples.Length;
            }

            return model.EncodeBatch(pixels.AsSpan(0, samples), quality, out analysis);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(pixels);
        }
    }

    private delegate byte[][] EncodeJobs(EncodingJob[] jobs, out TimeSpan analysis);
}
