namespace Codec.Trainer.LinearCodes;

/// <summary>Rounds weights to int8, with one scale a row.</summary>
internal static class RoundedRows
{
    /// <summary>Rounds each row so that its largest weight is ±127.</summary>
    /// <param name="weights">[rows, columns].</param>
    /// <param name="columns">Weights in a row.</param>
    public static (sbyte[] Rows, float[] Scales) Of(ReadOnlySpan<float> weights, int columns)
    {
        var rows = new sbyte[weights.Length];
        var scales = new float[weights.Length / columns];
        for (int k = 0; k < scales.Length; k++)
        {
            ReadOnlySpan<float> row = weights.Slice(k * columns, columns);
            float largest = 0;
            foreach (float weight in row)
                largest = Math.Max(largest, Math.Abs(weight));
            scales[k] = largest > 0 ? largest / sbyte.MaxValue : 1;
            for (int s = 0; s < row.Length; s++)
                rows[k * columns + s] = (sbyte)MathF.Round(row[s] / scales[k]);
        }

        return (rows, scales);
    }
}
