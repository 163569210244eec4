namespace Codec.Onnx;

internal static partial class OnnxOperators
{
    // Multiply-adds that take about the time of one exponential, error function or power.
    private const int FunctionCost = 16;

    private static OnnxShape Unary(OnnxOperation operation) => operation.Data(0);

    /// <summary>A function that a runtime computes by a series or a library's call.</summary>
    private static OnnxShape Function(OnnxOperation operation)
    {
        OnnxShape data = operation.Data(0);
        operation.MultiplyAdds = FunctionCost * data.Elements;
        return data;
    }

    private static OnnxShape Gelu(OnnxOperation operation)
    {
        operation.OneOf("approximate", "none", "tanh");
        // Runtimes may expand it into the operators of its formula.
        operation.Workspace = 4 * operation.Data(0).Elements;
        return Function(operation);
    }

    private static OnnxShape Softmax(OnnxOperation operation)
    {
        operation.InnerAxis(operation.Node.Integer("axis", -1), operation.Data(0));
        return Function(operation);
    }

    private static OnnxShape PRelu(OnnxOperation operation)
    {
        OnnxShape data = operation.Data(0),
            slope = operation.Floats(1);
        if (slope.IsBatched || slope.Rank > data.Rank)
            throw operation.Refuse($"the slope {slope} must be a constant that broadcasts to {data}.");
        for (int fromRight = 1; fromRight <= slope.Rank; fromRight++)
        {
            if (slope[^fromRight] != 1 && slope[^fromRight] != data[^fromRight])
                throw operation.Refuse($"the slope {slope} does not broadcast to {data}.");
        }

        return data;
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

    private static OnnxShape Power(OnnxOperation operation)
    {
        OnnxShape shape = Broadcast(operation);
        operation.MultiplyAdds = FunctionCost * shape.Elements;
        return shape;
    }

    private static OnnxShape Broadcast(OnnxOperation operation) => Batched(operation, Aligned(operation, operation.Floats(0), 1));

    private static OnnxShape BroadcastAll(OnnxOperation operation)
    {
        OnnxShape shape = operation.Floats(0);
        for (int index = 1; index < operation.Count; index++)
        {
            shape = Aligned(operation, shape, index);
            operation.MultiplyAdds += shape.Elements;
        }

        // A runtime may keep the result of the inputs so far.
        operation.Workspace = shape.Elements;
        return Batched(operation, shape);
    }

    private static OnnxShape Batched(OnnxOperation operation, OnnxShape shape) =>
        shape.IsBatched ? shape : throw operation.Refuse("all inputs are constants; compute the result before export.");

    /// <summary>
    /// Applies NumPy's rule: shapes are aligned at the right, and sizes are equal or one of them is 1. N matches only N, 1 or no dimension.
    /// </summary>
    private static OnnxShape Aligned(OnnxOperation operation, OnnxShape left, int index)
    {
        OnnxShape right = operation.Floats(index);
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
