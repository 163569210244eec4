using Codec.Entropy;
using Codec.Models;
using Codec.Quantization;

namespace Codec.Trainer.Priors;

/// <summary>What the encoder's search chose for a set of images at one quality, and what was counted on the way.</summary>
internal sealed class SymbolPass
{
    // Fewer symbols than this say little about where their latents lie on average.
    private const int FewSymbols = 50;

    private SymbolPass(int count, int coded, Trellis trellis)
    {
        Count = count;
        Coded = coded;
        Magnitudes = new byte[count * coded];
        States = new byte[count * coded];
        Counts = new long[trellis.States * ScaleRows.Scales * (ScaleRows.Decisions + 1)];
        Centroids = new double[trellis.Quantizers * QualityDraft.Levels];
    }

    /// <summary>Number of images.</summary>
    public int Count { get; }

    /// <summary>C: latents coded.</summary>
    public int Coded { get; }

    /// <summary>[count, C]: larger ones than a byte holds do not occur at any useful rate, and count as 255.</summary>
    public byte[] Magnitudes { get; }

    /// <summary>[count, C]: the state of the trellis that each latent met.</summary>
    public byte[] States { get; }

    /// <summary>[states, scales, decisions + 1]: how often each magnitude was met.</summary>
    public long[] Counts { get; }

    /// <summary>
    /// [quantizers, levels]: where latents lay from their points on average, in steps; 0 where there were too few to say.
    /// </summary>
    public double[] Centroids { get; }

    /// <summary>Bits of an image on average, before whole bytes.</summary>
    public double Bits { get; private set; }

    /// <summary>Squared error of an image's latents on average, in the unit of 8-bit samples squared.</summary>
    public double Error { get; private set; }

    /// <summary>Searches the symbols of images.</summary>
    /// <param name="draft">The quality.</param>
    /// <param name="latents">The images' latents.</param>
    /// <param name="count">How many of them, from the first.</param>
    /// <param name="cancellationToken">Stops between two images.</param>
    public static SymbolPass Run(QualityDraft draft, LatentSet latents, int count, CancellationToken cancellationToken)
    {
        Prior prior = QualityDraft.ToPrior(latents.Latents, draft);
        QualityEntry entry = draft.Entry;
        var pass = new SymbolPass(count, draft.Coded, draft.Trellis);
        var rates = new RateTable(prior, quality: 0);
        var tallies = new List<Tally>();
        Parallel.For(
            0,
            count,
            new ParallelOptions { CancellationToken = cancellationToken },
            () => new Tally(prior, entry, rates),
            (image, _, tally) =>
            {
                tally.Add(
                    latents[image],
                    pass.Magnitudes.AsSpan(image * pass.Coded, pass.Coded),
                    pass.States.AsSpan(image * pass.Coded, pass.Coded)
                );
                return tally;
            },
            tally =>
            {
                lock (tallies)
                    tallies.Add(tally);
            }
        );
        pass.Collect(tallies, entry.Step);
        return pass;
    }

    private void Collect(List<Tally> tallies, double step)
    {
        for (int i = 0; i < Counts.Length; i++)
            Counts[i] = tallies.Sum(tally => tally.Counts[i]);
        for (int i = 0; i < Centroids.Length; i++)
        {
            long met = tallies.Sum(tally => tally.Met[i]);
            if (met >= FewSymbols)
                Centroids[i] = tallies.Sum(tally => tally.Offsets[i]) / Tally.Unit / met;
        }

        Bits = tallies.Sum(tally => tally.Bits) / Tally.Unit / Count;
        Error = tallies.Sum(tally => tally.Errors) / Tally.Unit / Count * step * step;
    }

    /// <summary>
    /// What one thread counts. Sums are of integers, so that threads may share the images in any way and the fit stays the same.
    /// </summary>
    private sealed class Tally(Prior prior, QualityEntry entry, RateTable rates)
    {
        public const double Unit = 1 << 16;

        private readonly Trellis _trellis = prior.Tables.Trellis;
        private readonly LatentEncoder _encoder = new(prior, quality: 0, entry);
        private readonly Dequantizer _dequantizer = new(prior, quality: 0, entry);
        private readonly int[] _accumulators = new int[prior.Tables.Qualities[0].Coded];

        public long[] Counts { get; } = new long[prior.Tables.Trellis.States * ScaleRows.Scales * (ScaleRows.Decisions + 1)];

        public long[] Offsets { get; } = new long[prior.Tables.Trellis.Quantizers * QualityDraft.Levels];

        public long[] Met { get; } = new long[prior.Tables.Trellis.Quantizers * QualityDraft.Levels];

        public long Bits { get; private set; }

        public long Errors { get; private set; }

        public void Add(ReadOnlySpan<float> latents, Span<byte> magnitudes, Span<byte> states)
        {
            ReadOnlySpan<short> path = _encoder.Search(latents);
            var context = new ContextState(prior, quality: 0, _accumulators);
            double bits = 0,
                errors = 0;
            int state = 0;
            for (int i = 0; i < latents.Length; i++)
            {
                double x = Math.Abs(latents[i]) / entry.Step;
                if (i >= path.Length)
                {
                    errors += x * x;
                    continue;
                }

                int magnitude = path[i],
                    quantizer = _trellis.Quantizer(state),
                    scale = context.Scale(i);
                double error = x - _dequantizer.Point(quantizer, magnitude);
                bits += rates.Bits(scale, magnitude)[state] + rates.Excess(magnitude);
                errors += error * error;
                Counts[(state * ScaleRows.Scales + scale) * (ScaleRows.Decisions + 1) + Math.Min(magnitude, ScaleRows.Decisions)]++;
                magnitudes[i] = (byte)Math.Min(magnitude, byte.MaxValue);
                states[i] = (byte)state;
                state = _trellis.Next(state, magnitude);
                if (magnitude == 0)
                    continue;

                context.Observe(i, magnitude);
                int level = quantizer * QualityDraft.Levels + Math.Min(magnitude, QualityDraft.Levels) - 1;
                Offsets[level] += (long)Math.Round((x - (2 * magnitude - quantizer)) * Unit);
                Met[level]++;
            }

            Bits += (long)Math.Round(bits * Unit);
            Errors += (long)Math.Round(errors * Unit);
        }
    }
}
