using System.Runtime.ExceptionServices;
using Codec.Entropy;
using Codec.Errors;
using Codec.Quantization;

namespace Codec.Schemes.Grid;

/// <summary>
/// Decodes an image's slices to pixels on several threads. Windows and post-filter reach across the borders of slices, so a thread that
/// ends before the slice of another also decodes the first rows of that one: no thread waits for another, and the pixels are those of one
/// thread.
/// </summary>
/// <param name="Prior">The prior.</param>
/// <param name="Quality">Index of the quality.</param>
/// <param name="Grid">The image's grid.</param>
/// <param name="Slices">Its slices.</param>
/// <param name="Head">The head.</param>
/// <param name="Dequantizer">Restores latents.</param>
/// <param name="Samples">[height, width, channels]; overwritten.</param>
internal sealed record SlicedImage(
    Prior Prior,
    int Quality,
    WindowGrid Grid,
    GridSlices Slices,
    GridHead Head,
    Dequantizer Dequantizer,
    Memory<byte> Samples
)
{
    /// <summary>Decodes the slices.</summary>
    /// <param name="payload">The payload from which the slices were read.</param>
    /// <param name="threads">Most threads, this one included.</param>
    /// <returns>The length of the payload in bytes.</returns>
    /// <exception cref="InvalidCodeException">The code is cut off or damaged.</exception>
    public unsafe int Decode(ReadOnlySpan<byte> payload, int threads)
    {
        var queue = new SliceQueue(Slices.Count);
        int length = payload.Length,
            end = 0;
        // Pinned: a lambda cannot capture a span. The loop returns after its last thread.
        fixed (byte* pinned = payload)
        {
            byte* first = pinned;
            try
            {
                Parallel.For(0, threads, new ParallelOptions { MaxDegreeOfParallelism = threads }, _ => Work());
            }
            catch (AggregateException exception)
            {
                ExceptionDispatchInfo.Throw(exception.InnerExceptions[0]);
            }

            return end;

            void Work()
            {
                SliceReader? reader = null;
                while (queue.TryBegin(out int slice))
                {
                    reader ??= new SliceReader(Prior, Quality, Grid.Columns, Slices);
                    try
                    {
                        DecodeRun(reader, slice);
                    }
                    catch
                    {
                        queue.Stop();
                        throw;
                    }
                }
            }

            void DecodeRun(SliceReader reader, int slice)
            {
                var synthesis = new GridSynthesis(Grid, Head, Quality, Samples, Slices.Rows(slice).First);
                var painter = new BlockPainter(Prior.Tables.Grid!, Dequantizer, synthesis);
                var payload = new ReadOnlySpan<byte>(first, length);
                int ended;
                do ended = reader.Read(payload, slice++, painter.Add);
                while (slice < Slices.Count && queue.TryTake(slice));
                if (slice == Slices.Count)
                    end = ended;
                else
                    reader.ReadFirst(payload, slice, CountRowsPast(slice), painter.Add);
            }

            int CountRowsPast(int slice) => GridSynthesis.CountRowsPast(Grid, Head, Quality, Slices.Rows(slice).First);
        }
    }
}
