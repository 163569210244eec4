using System.Collections.Frozen;
using Codec.Errors;

namespace Codec.Onnx;

/// <summary>Checks the operators that a graph may use. Each has a rule that checks the inputs and computes the result's shape.</summary>
/// <remarks>
/// Weights, new shapes and indices must be constants. So every shape follows from the graph alone, apart from N, and the memory and work of
/// one image are known before a run. Operators outside the table are refused.
/// </remarks>
internal static partial class OnnxOperators
{
    private static readonly FrozenDictionary<string, Rule> Table = new Dictionary<string, Rule>
    {
        ["Add"] = new(Broadcast, 2, 2),
        ["Sub"] = new(Broadcast, 2, 2),
        ["Mul"] = new(Broadcast, 2, 2),
        ["Div"] = new(Broadcast, 2, 2),
        ["Relu"] = new(Unary, 1, 1),
        ["LeakyRelu"] = new(LeakyRelu, 1, 1, "alpha"),
        ["Tanh"] = new(Unary, 1, 1),
        ["Sigmoid"] = new(Unary, 1, 1),
        ["Sqrt"] = new(Unary, 1, 1),
        ["Clip"] = new(Clip, 1, 3),
        ["Flatten"] = new(Flatten, 1, 1, "axis"),
        ["Reshape"] = new(Reshape, 2, 2),
        ["Transpose"] = new(Transpose, 1, 1, "perm"),
        ["Concat"] = new(Concat, 1, OnnxLimits.MaxNodes, "axis"),
        ["Slice"] = new(Slice, 4, 5),
        ["Gather"] = new(Gather, 2, 2, "axis"),
        ["DepthToSpace"] = new(DepthToSpace, 1, 1, "blocksize", "mode"),
        ["SpaceToDepth"] = new(SpaceToDepth, 1, 1, "blocksize"),
        ["MatMul"] = new(MatMul, 2, 2),
        ["Gemm"] = new(Gemm, 2, 3, "alpha", "beta", "transA", "transB"),
        ["DequantizeLinear"] = new(DequantizeLinear, 2, 3, "axis"),
        ["Conv"] = new(Conv, 2, 3, "dilations", "group", "kernel_shape", "pads", "strides"),
        ["ConvTranspose"] = new(ConvTranspose, 2, 3, "dilations", "group", "kernel_shape", "output_padding", "pads", "strides"),
    }.ToFrozenDictionary();

    private delegate OnnxShape Inference(OnnxOperation operation);

    /// <summary>Computes the shape of an operation's result, and sets its multiply-adds and workspace.</summary>
    /// <exception cref="InvalidModelException">The operator is not in the table, or its inputs or attributes break its rule.</exception>
    public static OnnxShape Infer(OnnxOperation operation)
    {
        OnnxNode node = operation.Node;
        if (!Table.TryGetValue(node.Operator, out Rule? rule))
            throw node.Refuse($"this operator is not allowed. Allowed: {string.Join(", ", Table.Keys.Order(StringComparer.Ordinal))}.");
        if (operation.Count < rule.MinInputs || operation.Count > rule.MaxInputs)
            throw node.Refuse($"{operation.Count} inputs; {rule.MinInputs} to {rule.MaxInputs} are allowed.");
        if (node.Attributes.FirstOrDefault(name => !rule.Attributes.Contains(name)) is { } unknown)
        {
            throw node.Refuse(
                $"attribute '{unknown}' is not allowed{(rule.Attributes.Length == 0 ? "" : $"; allowed: {string.Join(", ", rule.Attributes)}")}."
            );
        }

        return rule.Infer(operation);
    }

    private sealed record Rule(Inference Infer, int MinInputs, int MaxInputs, params string[] Attributes);
}
