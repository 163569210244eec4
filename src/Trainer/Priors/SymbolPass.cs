using Codec.Entropy;
using Codec.Quantization;

namespace Codec.Trainer.Priors;

/// <summary>The symbols that the encoder's search chose for the blocks of training images at one quality, and their counts.</summary>
internal sealed class SymbolPass
{
    private readonly double _step;

    private SymbolPass(IReadOnlyList<ImageLatents> images, int coded, double step)
    {
        (Images, Coded, _step) = (images, coded, step);
        Starts = new int[images.Count];
        int blocks = 0;
        for (int n = 0; n < images.Count; n++)
        {
            Starts[n] = blocks;
            blocks += images[n].Blocks;
        }

        Magnitudes = new byte[(long)blocks * coded];
        States = new byte[(long)blocks * coded];
        Counts = new int[blocks];
        Transforms = new byte[blocks];
        Levels = new byte[blocks];
    }

    /// <summary>The images.</summary>
    public IReadOnlyList<ImageLatents> Images { get; }

    /// <summary>C: the number of coded latents.</summary>
    public int Coded { get; }

    /// <summary>The number of blocks of all images.</summary>
    public int Blocks => Counts.Length;

    /// <summary>[images]: the index of each image's first block.</summary>
    public int[] Starts { get; }

    /// <summary>[blocks]: the number of latents that each block codes.</summary>
    public int[] Counts { get; }

    /// <summary>[blocks]: the transform of each; 0 if the extent is 0.</summary>
    public byte[] Transforms { get; }

    /// <summary>[blocks]: the level of each block's steps.</summary>
    public byte[] Levels { get; }

    /// <summary>[blocks, C]: magnitudes as coded; those above 255, which hardly occur, are stored as 255.</summary>
    public byte[] Magnitudes { get; }

    /// <summary>[blocks, C]: the trellis's state at each latent.</summary>
    public byte[] States { get; }

    /// <summary>The counts.</summary>
    public SymbolTally Tally { get; private set; } = null!;

    /// <summary>Mean bits of an image, not rounded up to bytes.</summary>
    public double Bits => Tally.Bits / Images.Count;

    /// <summary>Mean squared error of an image, summed over its latents, in squared 8-bit samples.</summary>
    public double Error => Tally.Error / Images.Count * _step * _step;

    /// <summary>Searches the symbols of images.</summary>
    /// <param name="draft">The quality.</param>
    /// <param name="images">The images, one or more.</param>
    /// <param name="cancellationToken">Stops between two images.</param>
    public static SymbolPass Run(QualityDraft draft, IReadOnlyList<ImageLatents> images, CancellationToken cancellationToken)
    {
        var pass = new SymbolPass(images, draft.Coded, draft.Entry.Step);
        Prior prior = QualityDraft.ToPrior(draft);
        GridRates? gridRates = draft.Grid is null ? null : new GridRates(prior, quality: 0);
        RateTable rates = gridRates?.Magnitudes ?? new RateTable(prior, quality: 0);
        SymbolTally total = Begin();
        Parallel.For(
            0,
            images.Count,
            new ParallelOptions { CancellationToken = cancellationToken },
            Begin,
            (image, _, tally) =>
            {
                tally.Add(images[image], pass, pass.Starts[image]);
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

        SymbolTally Begin() => new(prior, draft.Entry, rates, gridRates);
    }
}
