using System.Numerics;
using Codec.Entropy;

namespace Codec.Tests.Golden;

/// <summary>docs/format.md, "Grid", word for word: slow, plain, in numbers without bounds, and sharing nothing with the product but the tables.</summary>
internal sealed class ReferenceGridDecoder
{
    private readonly PriorTables _prior;
    private readonly PriorQuality _quality;
    private readonly GridRule _rule;
    private readonly GridTables _grid;
    private readonly ReferenceRange _range;
    private readonly int[] _continue;
    private readonly int[] _extents;
    private readonly int _columns;
    private readonly List<Block> _blocks = [];

    public ReferenceGridDecoder(PriorTables prior, int quality, int columns, byte[] bytes)
    {
        (_prior, _quality, _columns) = (prior, prior.Qualities[quality], columns);
        (_rule, _grid) = (prior.Grid!, _quality.Grid!);
        _range = new ReferenceRange(bytes);
        _continue = [.. _quality.Continue.Select(p => (int)p)];
        _extents = [.. _grid.Extents.Select(p => (int)p)];
    }

    /// <summary>The symbols, [blocks][latents], and the length of the code, or null where the text calls the code damaged.</summary>
    public (short[][] Symbols, int Length)? Decode(int rows)
    {
        if (!_range.Begins) return null;
        for (int block = 0; block < rows * _columns; block++)
        {
            if (DecodeBlock(block / _columns, block % _columns) is not { } decoded) return null;
            _blocks.Add(decoded);
        }

        return _range.Finish() is { } length ? ([.. _blocks.Select(block => block.Symbols)], length) : null;
    }

    private Block? DecodeBlock(int row, int column)
    {
        var none = new Block(0, new int[_quality.Coded], new short[_prior.Latents]);
        Block? At(int r, int c) => r < 0 || c < 0 || c >= _columns ? null : _blocks[r * _columns + c];
        Block u = At(row - 1, column) ?? At(row, column - 1) ?? none;
        Block l = At(row, column - 1) ?? u;
        Block ul = At(row - 1, column - 1) ?? u, ur = At(row - 1, column + 1) ?? u;
        Block[] n = [l, u, ul, ur];

        int coded = _quality.Coded, groups = (coded + 15) / 16, bits = Convert.ToString(groups, 2).Length;
        int context = (l.Extent + u.Extent + 1) >> 1, node = 1;
        for (int bit = 0; bit < bits; bit++) node = 2 * node + (Decide(ref _extents[(context << bits) + node]) ? 1 : 0);
        int extent = node - (1 << bits);
        if (extent > groups) return null;

        int count = Math.Max(_rule.Predicted, Math.Min(16 * extent, coded)), state = 0;
        var m = new int[coded];
        var s = new short[_prior.Latents];
        for (int i = 0; i < count; i++)
        {
            BigInteger a = _quality.Biases[i];
            for (int k = 0; k < 4; k++) a += _grid.Neighbours[k * coded + i] * Activation(n[k].Coded[i]);
            for (int j = 0; j < coded && _grid.Spread.Length > 0; j++) a += _grid.Spread[j * coded + i] * (Activation(l.Coded[j]) + Activation(u.Coded[j]));
            int w = 0;
            for (int j = 0; j < coded && _quality.Weights.Length > 0; j++)
            {
                for (int k = j + 1; k < coded; k++, w++)
                {
                    if (k == i) a += Activation(m[j]) * _quality.Weights[w];
                }
            }

            int scale = (int)BigInteger.Max(0, BigInteger.Min(_prior.Scales - 1, a >> _prior.Shift)), at = (state * _prior.Scales + scale) * _prior.Decisions;
            while (m[i] < _prior.Decisions && Decide(ref _continue[at + m[i]])) m[i]++;
            if (m[i] == _prior.Decisions)
            {
                if (_range.Escape() is not { } rest || m[i] + rest > 32767) return null;
                m[i] += rest;
            }

            int value = m[i] == 0 ? 0 : _range.Decide(32768) ? -m[i] : m[i];
            if (i < _rule.Predicted)
            {
                int sum = 32;
                for (int k = 0; k < 4; k++) sum += _rule.Predictors[4 * i + k] * n[k].Symbols[i];
                value += Math.Clamp(sum >> 6, -32767, 32767);
                if (Math.Abs(value) > 32767) return null;
            }
            else
            {
                state = _prior.Trellis.Next(state, m[i] % 2);
            }

            s[i] = (short)value;
        }

        return new Block(extent, m, s);
    }

    private int Activation(int magnitude) => magnitude == 0 ? 0 : _prior.Activations[Math.Min(magnitude, _prior.Activations.Length) - 1];

    private bool Decide(ref int probability)
    {
        bool bit = _range.Decide(probability);
        if (_rule.Adaptation > 0) probability = bit ? probability + ((65536 - probability) >> _rule.Adaptation) : probability - (probability >> _rule.Adaptation);
        return bit;
    }

    private sealed record Block(int Extent, int[] Coded, short[] Symbols);
}
