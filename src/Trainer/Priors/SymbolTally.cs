using Codec.Entropy;
using Codec.Models;
using Codec.Quantization;

namespace Codec.Trainer.Priors;

/// <summary>
/// Searches the symbols of images as the encoder does, and counts them. One instance for each thread. The sums are integers, so they do not
/// depend on the distribution of images over threads.
/// </summary>
internal sealed class SymbolTally
{
    // Fraction bits of the sums.
    private const double Unit = 1 << 16;

    // A centroid with fewer symbols than this stays 0.
    private const int FewSymbols = 50;

    private readonly Prior _prior;
    private readonly QualityEntry _entry;
    private readonly BlockShape _shape;
    private readonly Trellis _trellis;
    private readonly Dequantizer _dequantizer;
    private readonly RateTable _rates;
    private readonly GridRates? _gridRates;
    private readonly LatentEncoder? _encoder;
    private readonly int[] _accumulators;

    // The current block's magnitudes as coded, and their scales.
    private readonly short[] _magnitudes;
    private readonly byte[] _scales;
    private readonly short[] _symbols;
    private readonly float[] _targets;

    private readonly long[] _offsets;
    private readonly long[] _occurrences;
    private long _bits;
    private long _errors;

    /// <summary>Creates a tally that begins at zero.</summary>
    /// <param name="prior">A prior with one quality.</param>
    /// <param name="entry">Its step and λ.</param>
    /// <param name="rates">Its rates, which tallies share.</param>
    /// <param name="gridRates">The rates of a grid model; null for a fixed-size model.</param>
    public SymbolTally(Prior prior, QualityEntry entry, RateTable rates, GridRates? gridRates)
    {
        (_prior, _entry, _rates, _gridRates) = (prior, entry, rates, gridRates);
        _shape = prior.ShapeOf(0);
        _trellis = prior.Tables.Trellis;
        _dequantizer = new Dequantizer(prior, quality: 0, entry);
        _encoder = gridRates is null ? new LatentEncoder(prior, quality: 0, entry) : null;
        _accumulators = new int[_shape.Coded];
        _magnitudes = new short[_shape.Coded];
        _scales = new byte[_shape.Coded];
        _symbols = new short[prior.Tables.Latents];
        _targets = new float[prior.Tables.Latents];
        Counts = new long[_trellis.States * ScaleRows.Scales * (ScaleRows.Decisions + 1)];
        _offsets = new long[_trellis.Quantizers * QualityDraft.Levels];
        _occurrences = new long[_trellis.Quantizers * QualityDraft.Levels];
        Grid = prior.Tables.Grid is { } rule ? new GridCounts(rule, _shape) : null;
    }

    /// <summary>[states, scales, decisions + 1]: how often each magnitude occurred.</summary>
    public long[] Counts { get; }

    /// <summary>[quantizers, levels]: the mean of |latent| minus its point, in steps; 0 if there were few symbols.</summary>
    public double[] Centroids => [.. _offsets.Zip(_occurrences, (offset, count) => count < FewSymbols ? 0 : offset / Unit / count)];

    /// <summary>Bits of all symbols of the trellis.</summary>
    public double Bits => _bits / Unit;

    /// <summary>Squared error of all latents that are not predicted, in steps squared.</summary>
    public double Error => _errors / Unit;

    /// <summary>The further counts of a grid model; null for a fixed-size model.</summary>
    public GridCounts? Grid { get; }

    /// <summary>Adds counts to others, element by element.</summary>
    public static void Add(long[] sums, long[] terms)
    {
        for (int i = 0; i < sums.Length; i++)
            sums[i] += terms[i];
    }

    /// <summary>Searches and counts an image.</summary>
    /// <param name="image">The image.</param>
    /// <param name="pass">Records the image's blocks.</param>
    /// <param name="start">The image's first block in the pass.</param>
    public void Add(ImageLatents image, SymbolPass pass, int start)
    {
        if (_gridRates is not null)
            AddGrid(image, pass, start);
        else
            AddBlock(image[0], pass, start);
    }

    /// <summary>Adds the counts of another tally.</summary>
    public void Merge(SymbolTally other)
    {
        Add(Counts, other.Counts);
        Add(_offsets, other._offsets);
        Add(_occurrences, other._occurrences);
        _bits += other._bits;
        _errors += other._errors;
        Grid?.Merge(other.Grid!);
    }

    private void AddBlock(ReadOnlySpan<float> latents, SymbolPass pass, int block)
    {
        _encoder!.Search(latents).CopyTo(_magnitudes);
        var context = new SymbolContext(_prior, quality: 0, _accumulators);
        for (int i = 0; i < _shape.Coded; i++)
        {
            _scales[i] = (byte)context.Scale(i);
            if (_magnitudes[i] != 0)
                context.Observe(i, _magnitudes[i]);
        }

        Count(latents, _shape.Coded, pass, block, transform: 0, level: 0);
    }

    private void AddGrid(ImageLatents image, SymbolPass pass, int start)
    {
        var context = new GridContext(_prior, quality: 0, image.Columns);
        var search = new GridSearch(context, _entry, _gridRates!);
        for (int block = 0; block < image.Blocks; block++)
        {
            context.Begin(block / image.Columns, block % image.Columns);
            search.Choose(image.Transforms[block], image[block], _symbols);
            int extent = _shape.Extent(_symbols),
                transform = extent == 0 ? 0 : image.Transforms[block],
                count = _shape.Count(extent);
            Grid!.Add(context, extent, transform);
            context.Gather(count, transform);
            int state = 0;
            for (int i = 0; i < count; i++)
            {
                int value = i < _shape.Predicted ? _symbols[i] - context.Predict(i) : _symbols[i],
                    quantizer = _trellis.Quantizer(state);
                _magnitudes[i] = (short)Math.Abs(value);
                _scales[i] = (byte)context.Scale(i);
                if (i < _shape.Predicted)
                    context.Settle(i, _symbols[i]);
                else
                    state = _trellis.Next(state, _magnitudes[i]);
                if (value == 0)
                    continue;
                Grid.AddSign(context, i, value < 0);
                context.Record(i, _magnitudes[i], quantizer, count);
            }

            context.End(extent, transform, _symbols);
            image[block].CopyTo(_targets);
            if (!search.Targets.IsEmpty)
                search.Targets[_shape.Predicted..].CopyTo(_targets.AsSpan(_shape.Predicted));
            Count(_targets, count, pass, start + block, transform, context.Level);
        }
    }

    /// <summary>Counts the current block's magnitudes at their scales, and records them in a pass.</summary>
    private void Count(ReadOnlySpan<float> latents, int count, SymbolPass pass, int block, int transform, int level)
    {
        ReadOnlySpan<float> perStep = _dequantizer.Steps.PerStep(level);
        pass.Counts[block] = count;
        pass.Transforms[block] = (byte)transform;
        pass.Levels[block] = (byte)level;
        long row = (long)block * _shape.Coded;
        double bits = 0,
            errors = 0;
        int state = 0;
        for (int i = 0; i < count; i++)
        {
            int magnitude = _magnitudes[i],
                scale = _scales[i];
            Counts[(state * ScaleRows.Scales + scale) * (ScaleRows.Decisions + 1) + Math.Min(magnitude, ScaleRows.Decisions)]++;
            pass.Magnitudes[row + i] = (byte)Math.Min(magnitude, byte.MaxValue);
            pass.States[row + i] = (byte)state;
            if (i < _shape.Predicted)
                continue;
            int quantizer = _trellis.Quantizer(state);
            double x = Math.Abs(latents[i] * perStep[i]),
                error = x - _dequantizer.Point(quantizer, magnitude);
            bits += _rates.Bits(scale, magnitude)[state] + _rates.Excess(magnitude);
            errors += error * error;
            state = _trellis.Next(state, magnitude);
            if (magnitude == 0)
                continue;
            int centroid = quantizer * QualityDraft.Levels + Math.Min(magnitude, QualityDraft.Levels) - 1;
            _offsets[centroid] += (long)Math.Round((x - (2 * magnitude - quantizer)) * Unit);
            _occurrences[centroid]++;
        }

        // The steps of latents that are never coded are unknown; without levels all are equal.
        for (int i = count; i < latents.Length; i++)
        {
            double x = latents[i] * perStep[Math.Min(i, _shape.Coded - 1)];
            errors += x * x;
        }

        _bits += (long)Math.Round(bits * Unit);
        _errors += (long)Math.Round(errors * Unit);
    }
}
