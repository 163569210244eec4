using Codec.Errors;

namespace Codec.Onnx;

/// <summary>A named value of a graph: its shape and type, and the elements of an initializer.</summary>
internal sealed record OnnxOperand(OnnxShape Shape, OnnxElement Element, OnnxTensor? Tensor);

/// <summary>A node and its inputs, as the rules of <see cref="OnnxOperators"/> check them.</summary>
internal sealed class OnnxOperation(OnnxNode node, OnnxOperand?[] inputs)
{
    /// <summary>The node.</summary>
    public OnnxNode Node => node;

    /// <summary>Number of inputs, absent ones included.</summary>
    public int Count => inputs.Length;

    /// <summary>Multiply-adds of one image; 0 for operators whose rule does not count them.</summary>
    public long MultiplyAdds { get; set; }

    /// <summary>Floats of scratch memory that a runtime may use for one image.</summary>
    public long Workspace { get; set; }

    /// <summary>Whether an input is present.</summary>
    public bool Has(int index) => index < inputs.Length && inputs[index] is not null;

    /// <summary>Returns an input that must be present.</summary>
    public OnnxOperand Operand(int index) => Has(index) ? inputs[index]! : throw Refuse($"input {index} is missing.");

    /// <summary>Returns the shape of a float input, which may depend on the image or be constant.</summary>
    public OnnxShape Floats(int index) =>
        Operand(index) is { Element: OnnxElement.Float, Shape: var shape }
            ? shape
            : throw Refuse($"input {index} has elements of type {Operand(index).Element}; it must be Float.");

    /// <summary>Returns the shape of a float input that must depend on the image: [N, …].</summary>
    /// <param name="index">Index of the input.</param>
    /// <param name="rank">Number of dimensions that it must have, N included; any number if omitted.</param>
    public OnnxShape Data(int index, int? rank = null)
    {
        OnnxShape shape = Floats(index);
        if (!shape.IsBatched)
            throw Refuse($"input {index} is the constant {shape}; it must depend on the graph's input, with N outermost.");
        return rank is null || shape.Rank == rank
            ? shape
            : throw Refuse($"input {index} has shape {shape}; it must have {rank} dimensions.");
    }

    /// <summary>
    /// Returns the shape of a float input that must be constant: an initializer, or one that DequantizeLinear dequantizes.
    /// </summary>
    public OnnxShape Weights(int index, int rank)
    {
        OnnxShape shape = Floats(index);
        return !shape.IsBatched && shape.Rank == rank
            ? shape
            : throw Refuse($"input {index} has shape {shape}; it must be a constant with {rank} dimensions.");
    }

    /// <summary>Returns an input that must be an initializer.</summary>
    public OnnxTensor Initializer(int index) => Operand(index).Tensor ?? throw Refuse($"input {index} must be an initializer.");

    /// <summary>Returns an input that must be a constant list of integers.</summary>
    public ReadOnlySpan<long> Integers(int index) =>
        Initializer(index) is { Element: OnnxElement.Int64, Shape.Rank: 1 } tensor
            ? tensor.As<long>()
            : throw Refuse($"input {index} must be a one-dimensional int64 initializer.");

    /// <summary>Returns an axis other than the batch, counted from the front.</summary>
    public int InnerAxis(long axis, OnnxShape shape)
    {
        long counted = axis < 0 ? axis + shape.Rank : axis;
        return counted >= 1 && counted < shape.Rank
            ? (int)counted
            : throw Refuse($"axis {axis} is outside 1..{shape.Rank - 1} (0 is the batch) of {shape}.");
    }

    /// <summary>Returns an integer attribute that must be in min..max, or <paramref name="otherwise"/> if it is not set.</summary>
    public long Integer(string name, long otherwise, long min, long max)
    {
        long value = node.Integer(name, otherwise);
        return value >= min && value <= max ? value : throw Refuse($"{name} is {value}; it must be {min}..{max}.");
    }

    /// <summary>Returns a text attribute that must be one of the values; the first if it is not set.</summary>
    public string OneOf(string name, params ReadOnlySpan<string> values)
    {
        string value = node.Text(name, values[0]);
        return values.Contains(value) ? value : throw Refuse($"{name} is '{value}'; it must be {string.Join(" or ", values.ToArray())}.");
    }

    /// <summary>Creates a shape from dimensions within the bounds.</summary>
    public OnnxShape Shape(params ReadOnlySpan<long> dimensions) =>
        OnnxShape.TryCreate(dimensions, out OnnxShape? shape)
            ? shape
            : throw Refuse(
                $"the result would be [{string.Join(", ", dimensions.ToArray())}]; dimensions must be at least 1 with a product of at most {OnnxLimits.MaxElements}."
            );

    /// <inheritdoc cref="OnnxNode.Refuse"/>
    public InvalidModelException Refuse(string message) => node.Refuse(message);
}
