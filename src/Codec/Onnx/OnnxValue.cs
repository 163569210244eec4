namespace Codec.Onnx;

/// <summary>A value in a graph under construction: the input, a constant, or the result of an operator.</summary>
internal readonly record struct OnnxValue
{
    internal OnnxValue(string name) => Name = name;

    internal string Name { get; }
}
