namespace Codec.Onnx;

internal static partial class OnnxOperators
{
    private static OnnxShape MatMul(OnnxOperation operation)
    {
        OnnxShape data = operation.Data(0),
            weights = operation.Weights(1, rank: 2);
        if (data.Rank < 2 || data[^1] != weights[0])
            throw operation.Refuse($"shapes {data} and {weights} do not multiply.");
        long[] result = data.Widen();
        result[^1] = weights[1];
        OnnxShape shape = operation.Shape(result);
        operation.MultiplyAdds = shape.Elements * weights[0];
        return shape;
    }

    private static OnnxShape Gemm(OnnxOperation operation)
    {
        _ = operation.Node.Float("alpha", 1);
        _ = operation.Node.Float("beta", 1);
        operation.Integer("transA", 0, min: 0, max: 0);
        bool transposed = operation.Integer("transB", 0, min: 0, max: 1) == 1;
        OnnxShape data = operation.Data(0, rank: 2),
            weights = operation.Weights(1, rank: 2);
        (int taken, int given) = transposed ? (weights[1], weights[0]) : (weights[0], weights[1]);
        if (data[1] != taken)
            throw operation.Refuse($"shapes {data} and {weights}{(transposed ? " transposed" : "")} do not multiply.");
        if (operation.Has(2) && operation.Weights(2, rank: 1)[0] != given)
            throw operation.Refuse($"the bias {operation.Floats(2)} must have {given} elements.");
        OnnxShape shape = operation.Shape(OnnxShape.Batch, given);
        operation.MultiplyAdds = (long)taken * given;
        return shape;
    }

    /// <summary>
    /// Dequantizes an int8 or uint8 initializer to floats, with one scale for all elements or one for each index of an axis.
    /// </summary>
    private static OnnxShape DequantizeLinear(OnnxOperation operation)
    {
        operation.Integer("block_size", 0, min: 0, max: 0);
        OnnxTensor quantized = operation.Initializer(0),
            scale = operation.Initializer(1);
        if (quantized.Element is not (OnnxElement.Int8 or OnnxElement.UInt8))
            throw operation.Refuse($"input 0 has elements of type {quantized.Element}; it must be Int8 or UInt8.");
        if (scale.Element != OnnxElement.Float || scale.Shape.Rank > 1)
            throw operation.Refuse($"the scale is {scale.Element} {scale.Shape}; it must be a float or a list of floats.");
        if (scale.Shape.Rank == 1)
        {
            int rank = quantized.Shape.Rank;
            long axis = operation.Integer("axis", 1, -rank, rank - 1);
            int side = quantized.Shape[(int)(axis < 0 ? axis + rank : axis)];
            if (scale.Shape[0] != side)
                throw operation.Refuse($"{scale.Shape[0]} scales do not fit axis {axis} of {quantized.Shape}.");
        }

        if (
            operation.Has(2)
            && operation.Initializer(2) is var zero
            && (zero.Element != quantized.Element || !zero.Shape.Matches(scale.Shape))
        )
        {
            throw operation.Refuse(
                $"the zero point is {zero.Element} {zero.Shape}; it must have the type of input 0 and the shape of the scale."
            );
        }

        return quantized.Shape;
    }
}
