using System.Numerics;
using Codec.Entropy;

namespace Codec.Tests.Golden;

/// <summary>
/// Decodes codes exactly as docs/format.md, "Grid", describes: slowly, with unbounded integers. It shares only the tables with the product.
/// </summary>
internal sealed class ReferenceGridDecoder
{
    private readonly PriorTables _prior;
    private readonly PriorQuality _quality;
    private readonly GridRule _rule;
    private readonly GridTables _grid;
    private readonly ReferenceRange _range;
    private readonly int[] _continue;
    private readonly int[] _extents;
    private readonly int[] _transforms;
    private readonly int[] _signs;
    private readonly int _columns;
    private readonly List<Block> _blocks = [];

    public ReferenceGridDecoder(PriorTables prior, int quality, int columns, byte[] bytes)
    {
        (_prior, _quality, _columns) = (prior, prior.Qualities[quality], columns);
        (_rule, _grid) = (prior.Grid!, _quality.Grid!);
        _range = new ReferenceRange(bytes);
        _continue = [.. _quality.Continue.Select(p => (int)p)];
        _extents = [.. _grid.Extents.Select(p => (int)p)];
        _transforms = [.. _grid.Transforms.Select(p => (int)p)];
        _signs = [.. _grid.Signs.Select(p => (int)p)];
    }

    /// <summary>Decodes a grid; null where format.md calls the code damaged.</summary>
    public ReferenceGrid? Decode(int rows)
    {
        if (!_range.Begins)
            return null;
        for (int block = 0; block < rows * _columns; block++)
        {
            if (DecodeBlock(block / _columns, block % _columns) is not { } decoded)
                return null;
            _blocks.Add(decoded);
        }

        return _range.Finish() is { } length
            ? new ReferenceGrid(
                [.. _blocks.Select(block => block.Symbols)],
                [.. _blocks.Select(block => block.Level)],
                [.. _blocks.Select(block => block.Predicted)],
                length
            )
            : null;
    }

    private Block? DecodeBlock(int row, int column)
    {
        StepRule? steps = _rule.Steps;
        ReferenceColours.Sums[] nothing = [.. Enumerable.Repeat(ReferenceColours.Nothing, 3)];
        var none = new Block(
            0,
            0,
            new int[_quality.Coded],
            new short[_prior.Latents],
            steps?.Neutral ?? 0,
            new int[_rule.Reach],
            [],
            nothing
        );
        Block? At(int r, int c) => r < 0 || c < 0 || c >= _columns ? null : _blocks[r * _columns + c];
        Block u = At(row - 1, column) ?? At(row, column - 1) ?? none;
        Block l = At(row, column - 1) ?? u;
        Block ul = At(row - 1, column - 1) ?? u,
            ur = At(row - 1, column + 1) ?? u;
        Block[] n = [l, u, ul, ur];

        int coded = _quality.Coded,
            groups = (coded + 15) / 16,
            all = _rule.Transforms;
        int extent = Number(_extents, (l.Extent + u.Extent + 1) >> 1, Convert.ToString(groups, 2).Length),
            transform = 0;
        if (extent > groups)
            return null;
        if (extent > 0)
            transform = Number(_transforms, l.Transform * all + u.Transform, all == 1 ? 0 : Convert.ToString(all - 1, 2).Length);
        if (transform >= all)
            return null;
        sbyte[] weights = transform == 0 ? _quality.Weights : _grid.Divided;
        var predictions = new int[_rule.Reach];
        for (int k = 0; k < 4; k++)
        {
            for (int j = 0; j < _rule.Reach; j++)
            {
                for (int i = 0; i < _rule.Reach; i++)
                    predictions[i] = unchecked(predictions[i] + _rule.Predictors[(k * _rule.Reach + j) * _rule.Reach + i] * n[k].Acting[j]);
            }
        }

        ReferenceColours? colours = _rule.Colours is null ? null : new ReferenceColours(_rule, [.. n.Select(block => block.Sums)]);
        // Predictions have four more fraction bits with levels.
        int shift = steps is null ? 10 : 14,
            level = steps is null ? 0 : Level(n, _rule.Predicted > 0 ? Predicted(0) : 0);
        int Predicted(int i)
        {
            int half = 1 << (shift - 1);
            BigInteger sum = colours is null ? unchecked(predictions[i] + half) : predictions[i] + colours.Shift(i) + half;
            return (int)BigInteger.Clamp(sum >> shift, -32767, 32767);
        }

        int count = Math.Max(_rule.Predicted, Math.Min(16 * extent, coded)),
            state = 0;
        var m = new int[coded];
        var s = new short[_prior.Latents];
        var points = new BigInteger[coded];
        for (int i = 0; i < count; i++)
        {
            BigInteger a = _quality.Biases[i] + (transform == 0 ? 0 : _grid.Offsets[(transform - 1) * coded + i]);
            if (_grid.Steps is { } tables)
                a += tables.Offsets[level * coded + i];
            for (int k = 0; k < 4; k++)
                a += _grid.Neighbours[k * coded + i] * Activation(n[k].Coded[i]);
            for (int j = 0; j < coded && _grid.Spread.Length > 0; j++)
                a += _grid.Spread[j * coded + i] * (Activation(l.Coded[j]) + Activation(u.Coded[j]));
            int w = 0;
            for (int j = 0; j < coded && weights.Length > 0; j++)
            {
                for (int k = j + 1; k < coded; k++, w++)
                {
                    if (k == i)
                        a += Activation(m[j]) * weights[w];
                }
            }

            int scale = (int)BigInteger.Max(0, BigInteger.Min(_prior.Scales - 1, a >> _prior.Shift)),
                at = (state * _prior.Scales + scale) * _prior.Decisions;
            while (m[i] < _prior.Decisions && Decide(ref _continue[at + m[i]]))
                m[i]++;
            if (m[i] == _prior.Decisions)
            {
                if (_range.Escape() is not { } rest || m[i] + rest > 32767)
                    return null;
                m[i] += rest;
            }

            bool negative = false;
            if (m[i] > 0 && i >= _rule.Predicted && i < _rule.Reach)
            {
                int certainty = 0;
                for (BigInteger distance = BigInteger.Abs(predictions[i]) >> (shift - 4); distance > 0 && certainty < 7; distance >>= 1)
                    certainty++;
                negative = Decide(ref _signs[(i - _rule.Predicted) * 8 + certainty]) == predictions[i] < 0;
            }
            else if (m[i] > 0)
            {
                negative = _range.Decide(32768);
            }

            int value = negative ? -m[i] : m[i];
            if (i < _rule.Predicted)
            {
                value += Predicted(i);
                if (Math.Abs(value) > 32767)
                    return null;
                colours?.Settle(i, value, predictions[i]);
            }
            else
            {
                if (colours is not null)
                    points[i] = Math.Sign(value) * Math.Min(2 * m[i] - _prior.Trellis.Quantizer(state), 1 << 15) * SymbolScale(i, level);
                state = _prior.Trellis.Next(state, m[i] % 2);
            }

            s[i] = (short)value;
        }

        (BigInteger[] predicted, ReferenceColours.Sums[] sums) = colours?.Predict(points, count) ?? (new BigInteger[coded], nothing);
        var acting = new int[_rule.Reach];
        for (int i = 0; i < _rule.Reach; i++)
        {
            BigInteger kept = steps is null ? s[i] : s[i] * SymbolScale(i, level);
            if (colours is not null && i >= _rule.Predicted)
                kept += colours.Kept(i, predicted[i]);
            acting[i] = (int)BigInteger.Clamp(kept, -32767, 32767);
        }

        return new Block(extent, transform, m, s, level, acting, [.. predicted.Select(value => (int)value)], sums);
    }

    private int Level(Block[] neighbours, int mean)
    {
        (StepRule rule, StepTables tables) = (_rule.Steps!, _grid.Steps!);
        var brightness = BigInteger.Clamp(tables.MeanOrigin + (BigInteger)tables.MeanScale * mean, 256, 1 << 24);
        BigInteger sum = tables.Origin + (BigInteger)rule.MeanSlope * Log(brightness);
        foreach (Block block in neighbours)
            sum += rule.EnergySlope * (BigInteger)Log((Energy(block) * Rounded(256, block.Level, 4) >> 8) + tables.Floor);
        return (int)BigInteger.Clamp((sum + 32768) >> 16, 0, rule.Levels - 1);
    }

    private BigInteger Energy(Block block)
    {
        BigInteger energy = 0;
        for (int i = _rule.Predicted; i < block.Coded.Length; i++)
        {
            if (block.Coded[i] != 0)
                energy += _rule.Steps!.Energies[i] * BigInteger.Pow(4 * Math.Min(block.Coded[i], 255) - 1, 2);
        }

        return energy;
    }

    private BigInteger SymbolScale(int i, int level) => Rounded(16, level, _rule.Steps!.Masks[i]);

    /// <summary>unit · 2^((level − neutral) · eighths / 8), rounded.</summary>
    private BigInteger Rounded(int unit, int level, int eighths) =>
        (BigInteger)Math.Floor(unit * Math.Pow(2, (level - _rule.Steps!.Neutral) * eighths / 8.0) + 0.5);

    private static int Log(BigInteger x)
    {
        int n = (int)x.GetBitLength() - 1;
        return 16 * n + (int)(16 * (x - BigInteger.Pow(2, n)) / BigInteger.Pow(2, n));
    }

    private int Number(int[] trees, int context, int bits)
    {
        int node = 1;
        for (int bit = 0; bit < bits; bit++)
            node = 2 * node + (Decide(ref trees[(context << bits) + node]) ? 1 : 0);
        return node - (1 << bits);
    }

    private int Activation(int magnitude) => magnitude == 0 ? 0 : _prior.Activations[Math.Min(magnitude, _prior.Activations.Length) - 1];

    private bool Decide(ref int probability)
    {
        bool bit = _range.Decide(probability);
        if (_rule.Adaptation > 0)
            probability = bit ? probability + ((65536 - probability) >> _rule.Adaptation) : probability - (probability >> _rule.Adaptation);
        return bit;
    }

    /// <summary>Acting is what the symbols within reach count as in the predictions of later blocks.</summary>
    private sealed record Block(
        int Extent,
        int Transform,
        int[] Coded,
        short[] Symbols,
        int Level,
        int[] Acting,
        int[] Predicted,
        ReferenceColours.Sums[] Sums
    );
}

/// <summary>What a code of a grid stands for.</summary>
/// <param name="Symbols">[blocks][latents].</param>
/// <param name="Levels">[blocks]; all 0 without levels.</param>
/// <param name="Predicted">[blocks][coded]: what is predicted of each latent from others of its block; all 0 without colours.</param>
/// <param name="Length">The length of the code, in bytes.</param>
internal sealed record ReferenceGrid(short[][] Symbols, int[] Levels, int[][] Predicted, int Length);
