using Codec.Entropy;
using Codec.Quantization;

namespace Codec.Schemes.Grid;

/// <summary>Restores the latents of decoded blocks, and adds their windows to the image. Not thread-safe.</summary>
/// <param name="rule">The prior's grid.</param>
/// <param name="dequantizer">Restores the latents.</param>
/// <param name="synthesis">Takes the windows.</param>
internal sealed class BlockPainter(GridRule rule, Dequantizer dequantizer, GridSynthesis synthesis)
{
    private readonly short[] _which = new short[dequantizer.Shape.Coded];
    private readonly float[] _values = new float[dequantizer.Shape.Coded];

    /// <summary>Adds a block.</summary>
    public void Add(in DecodedBlock block) => Add(block.Row, block.Column, block.Transform, block.Level, block.Latents);

    /// <summary>Adds a block; the parameters are those of <see cref="DecodedBlock"/>.</summary>
    public void Add(int row, int column, int transform, int level, ReadOnlySpan<CodedLatent> latents)
    {
        dequantizer.Restore(level, latents, _which, _values);
        synthesis.Add(row, column, rule.Places(transform), _which.AsSpan(0, latents.Length), _values.AsSpan(0, latents.Length));
    }
}
