using Codec.Entropy;
using Codec.Models;
using Codec.Quantization;
using Codec.Trainer.Priors;

namespace Codec.Trainer.Photos;

/// <summary>What the encoder's search chose for the blocks of photographs at one quality, and what was counted on the way.</summary>
internal sealed class GridPass
{
    private GridPass(IReadOnlyList<PhotoLatents> photos, GridDraft draft)
    {
        Photos = photos;
        Coded = draft.Block.Coded;
        Starts = new int[photos.Count];
        int blocks = 0;
        for (int n = 0; n < photos.Count; n++)
        {
            Starts[n] = blocks;
            blocks += photos[n].Blocks;
        }

        Magnitudes = new byte[(long)blocks * Coded];
        States = new byte[(long)blocks * Coded];
        Counts = new int[blocks];
        Transforms = new byte[blocks];
    }

    public IReadOnlyList<PhotoLatents> Photos { get; }

    /// <summary>C.</summary>
    public int Coded { get; }

    /// <summary>The first block of each photograph.</summary>
    public int[] Starts { get; }

    /// <summary>[blocks]: how many latents are coded.</summary>
    public int[] Counts { get; }

    /// <summary>[blocks]: the transform; 0 where only predicted latents are coded.</summary>
    public byte[] Transforms { get; }

    /// <summary>[blocks, C]: magnitudes as coded; larger ones than a byte holds count as 255.</summary>
    public byte[] Magnitudes { get; }

    /// <summary>[blocks, C]: the state that each latent met.</summary>
    public byte[] States { get; }

    /// <summary>What was counted.</summary>
    public GridTally Tally { get; private set; } = null!;

    /// <summary>Searches the symbols of photographs.</summary>
    public static GridPass Run(GridDraft draft, GridRule rule, IReadOnlyList<PhotoLatents> photos, CancellationToken cancellationToken)
    {
        var pass = new GridPass(photos, draft);
        Prior prior = GridDraft.ToPrior(photos[0].Latents, rule, draft);
        var rates = new GridRates(prior, quality: 0);
        var total = new GridTally(prior, draft.Block.Entry, rates);
        Parallel.For(
            0,
            photos.Count,
            new ParallelOptions { CancellationToken = cancellationToken },
            () => new GridTally(prior, draft.Block.Entry, rates),
            (photo, _, tally) =>
            {
                tally.Add(photos[photo], pass, pass.Starts[photo]);
                return tally;
            },
            tally =>
            {
                lock (total)
                    total.Merge(tally);
            }
        );
        pass.Tally = total;
        return pass;
    }
}

/// <summary>
/// What one thread counts. Sums are of integers, so that threads may share the photographs in any way and the fit stays the same.
/// </summary>
internal sealed class GridTally(Prior prior, QualityEntry entry, GridRates rates)
{
    private const double Unit = 1 << 12;

    // Fewer symbols than this say little about where their latents lie on average.
    private const int FewSymbols = 50;

    private readonly Trellis _trellis = prior.Tables.Trellis;
    private readonly int _predicted = prior.Tables.Grid!.Predicted;
    private readonly int _coded = prior.Tables.Qualities[0].Coded;
    private readonly long[] _offsets = new long[prior.Tables.Trellis.Quantizers * QualityDraft.Levels];
    private readonly long[] _met = new long[prior.Tables.Trellis.Quantizers * QualityDraft.Levels];

    /// <summary>[states, scales, decisions + 1]: how often each magnitude was met.</summary>
    public long[] Counts { get; } = new long[prior.Tables.Trellis.States * ScaleRows.Scales * (ScaleRows.Decisions + 1)];

    /// <summary>[contexts, extents].</summary>
    public long[] Extents { get; } =
        new long[(Prior.Groups(prior.Tables.Qualities[0].Coded) + 1) * (Prior.Groups(prior.Tables.Qualities[0].Coded) + 1)];

    /// <summary>[contexts, transforms], where there are latents to tell one by.</summary>
    public long[] Transforms { get; } =
        new long[prior.Tables.Grid!.Transforms * prior.Tables.Grid.Transforms * prior.Tables.Grid.Transforms];

    /// <summary>[reach − predicted, certainties, 2]: signs that were not, and that were, the foreseen ones.</summary>
    public long[] Signs { get; } = new long[2 * (prior.Tables.Grid!.Reach - prior.Tables.Grid.Predicted) * Prior.Certainties];

    /// <summary>[quantizers, levels]: where latents lay from their points on average, in steps.</summary>
    public double[] Centroids => [.. _offsets.Zip(_met, (offset, met) => met < FewSymbols ? 0 : offset / Unit / met)];

    public void Add(PhotoLatents photo, GridPass pass, int start)
    {
        var search = new GridSearch(prior, quality: 0, entry, rates, photo.Columns, keepScales: true);
        var symbols = new short[photo.Latents];
        int groups = Prior.Groups(_coded),
            reach = prior.Tables.Grid!.Reach;
        for (int block = 0; block < photo.Blocks; block++)
        {
            ReadOnlySpan<float> values = photo[block];
            int transform = photo.Transforms[block];
            search.Begin(block / photo.Columns, block % photo.Columns);
            int extent = search.Choose(transform, values, symbols);
            if (extent == 0)
                transform = 0;
            else
                Transforms[search.TransformContext * prior.Tables.Grid!.Transforms + transform]++;
            int context = search.ExtentContext,
                count = Math.Max(_predicted, Math.Min(extent * Prior.GroupSize, _coded));
            Extents[context * (groups + 1) + extent]++;
            int state = 0;
            long row = (start + (long)block) * _coded;
            for (int i = 0; i < count; i++)
            {
                int magnitude = search.Magnitudes[i],
                    scale = search.Scales[i];
                Counts[(state * ScaleRows.Scales + scale) * (ScaleRows.Decisions + 1) + Math.Min(magnitude, ScaleRows.Decisions)]++;
                pass.Magnitudes[row + i] = (byte)Math.Min(magnitude, byte.MaxValue);
                pass.States[row + i] = (byte)state;
                if (i < _predicted)
                    continue;
                if (magnitude != 0)
                {
                    if (i < reach)
                    {
                        bool asForeseen = search.ExpectNegative(i, out int certainty) == symbols[i] < 0;
                        Signs[2 * ((i - _predicted) * Prior.Certainties + certainty) + (asForeseen ? 1 : 0)]++;
                    }

                    int quantizer = _trellis.Quantizer(state),
                        level = quantizer * QualityDraft.Levels + Math.Min(magnitude, QualityDraft.Levels) - 1;
                    _offsets[level] += (long)Math.Round((Math.Abs(values[i]) / entry.Step - (2 * magnitude - quantizer)) * Unit);
                    _met[level]++;
                }

                state = _trellis.Next(state, magnitude);
            }

            pass.Counts[start + block] = count;
            pass.Transforms[start + block] = (byte)transform;
        }
    }

    public void Merge(GridTally other)
    {
        Add(Counts, other.Counts);
        Add(Extents, other.Extents);
        Add(Transforms, other.Transforms);
        Add(Signs, other.Signs);
        Add(_offsets, other._offsets);
        Add(_met, other._met);
    }

    private static void Add(long[] sums, long[] terms)
    {
        for (int i = 0; i < sums.Length; i++)
            sums[i] += terms[i];
    }
}
