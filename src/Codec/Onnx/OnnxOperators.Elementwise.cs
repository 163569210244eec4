namespace Codec.Onnx;

internal static partial class OnnxOperators
{
    private static OnnxShape Unary(OnnxOperation operation) => operation.Data(0);

    private static OnnxShape LeakyRelu(OnnxOperation operation)
    {
        _ = operation.Node.Float("alpha", 0.01f);
        return operation.Data(0);
    }

    private static OnnxShape Clip(OnnxOperation operation)
    {
        for (int bound = 1; bound <= 2; bound++)
        {
            if (operation.Has(bound))
                _ = operation.Weights(bound, rank: 0);
        }

        return operation.Data(0);
    }

    /// <summary>
    /// Applies NumPy's rule: shapes are aligned at the right, and sizes are equal or one of them is 1. N matches only N, 1 or no dimension.
    /// </summary>
    private static OnnxShape Broadcast(OnnxOperation operation)
    {
        OnnxShape left = operation.Floats(0),
            right = operation.Floats(1);
        if (!left.IsBatched && !right.IsBatched)
            throw operation.Refuse("both inputs are constants; compute the result before export.");
        var result = new long[Math.Max(left.Rank, right.Rank)];
        for (int fromRight = 1; fromRight <= result.Length; fromRight++)
        {
            int a = fromRight <= left.Rank ? left[^fromRight] : 1;
            int b = fromRight <= right.Rank ? right[^fromRight] : 1;
            if (a != b && a != 1 && b != 1)
                throw operation.Refuse($"shapes {left} and {right} do not broadcast.");
            result[^fromRight] = a == 1 ? b : a;
        }

        return operation.Shape(result);
    }
}
