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

    /// <summary>Decodes the symbols, [blocks][latents], and the length of the code; null where format.md calls the code damaged.</summary>
    public (short[][] Symbols, int Length)? Decode(int rows)
    {
        if (!_range.Begins)
            return null;
        for (int block = 0; block < rows * _columns; block++)
        {
            if (DecodeBlock(block / _columns, block % _columns) is not { } decoded)
                return null;
            _blocks.Add(decoded);
        }

        return _range.Finish() is { } length ? ([.. _blocks.Select(block => block.Symbols)], length) : null;
    }

    private Block? DecodeBlock(int row, int column)
    {
        var none = new Block(0, 0, new int[_quality.Coded], new short[_prior.Latents]);
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
                {
                    predictions[i] = unchecked(
                        predictions[i] + _rule.Predictors[(k * _rule.Reach + j) * _rule.Reach + i] * n[k].Symbols[j]
                    );
                }
            }
        }

        int count = Math.Max(_rule.Predicted, Math.Min(16 * extent, coded)),
            state = 0;
        var m = new int[coded];
        var s = new short[_prior.Latents];
        for (int i = 0; i < count; i++)
        {
            BigInteger a = _quality.Biases[i] + (transform == 0 ? 0 : _grid.Offsets[(transform - 1) * coded + i]);
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
                for (BigInteger distance = BigInteger.Abs(predictions[i]) >> 6; distance > 0 && certainty < 7; distance >>= 1)
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
                value += Math.Clamp(unchecked(predictions[i] + 512) >> 10, -32767, 32767);
                if (Math.Abs(value) > 32767)
                    return null;
            }
            else
            {
                state = _prior.Trellis.Next(state, m[i] % 2);
            }

            s[i] = (short)value;
        }

        return new Block(extent, transform, m, s);
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

    private sealed record Block(int Extent, int Transform, int[] Coded, short[] Symbols);
}
