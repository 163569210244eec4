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
        ["Sum"] = new(BroadcastAll, 1, OnnxLimits.MaxNodes),
        ["Max"] = new(BroadcastAll, 1, OnnxLimits.MaxNodes),
        ["Min"] = new(BroadcastAll, 1, OnnxLimits.MaxNodes),
        ["Pow"] = new(Power, 2, 2),
        ["Relu"] = new(Unary, 1, 1),
        ["LeakyRelu"] = new(Unary, 1, 1, "alpha"),
        ["PRelu"] = new(PRelu, 2, 2),
        ["Elu"] = new(Function, 1, 1, "alpha"),
        ["Selu"] = new(Function, 1, 1, "alpha", "gamma"),
        ["Softplus"] = new(Function, 1, 1),
        ["HardSigmoid"] = new(Unary, 1, 1, "alpha", "beta"),
        ["HardSwish"] = new(Unary, 1, 1),
        ["Mish"] = new(Function, 1, 1),
        ["Gelu"] = new(Gelu, 1, 1, "approximate"),
        ["Erf"] = new(Function, 1, 1),
        ["Exp"] = new(Function, 1, 1),
        ["Tanh"] = new(Function, 1, 1),
        ["Sigmoid"] = new(Function, 1, 1),
        ["Sqrt"] = new(Unary, 1, 1),
        ["Reciprocal"] = new(Unary, 1, 1),
        ["Abs"] = new(Unary, 1, 1),
        ["Neg"] = new(Unary, 1, 1),
        ["Clip"] = new(Clip, 1, 3),
        ["Softmax"] = new(Softmax, 1, 1, "axis"),
        ["BatchNormalization"] = new(BatchNormalization, 5, 5, "epsilon", "momentum", "training_mode"),
        ["InstanceNormalization"] = new(InstanceNormalization, 3, 3, "epsilon"),
        ["GroupNormalization"] = new(GroupNormalization, 3, 3, "epsilon", "num_groups", "stash_type"),
        ["LayerNormalization"] = new(LayerNormalization, 2, 3, "axis", "epsilon", "stash_type"),
        ["ReduceMean"] = new(ReduceMean, 1, 2, "axes", "keepdims", "noop_with_empty_axes"),
        ["MaxPool"] = new(Pool, 1, 1, "auto_pad", "ceil_mode", "dilations", "kernel_shape", "pads", "storage_order", "strides"),
        ["AveragePool"] = new(Pool, 1, 1, "auto_pad", "ceil_mode", "count_include_pad", "dilations", "kernel_shape", "pads", "strides"),
        ["GlobalMaxPool"] = new(GlobalPool, 1, 1),
        ["GlobalAveragePool"] = new(GlobalPool, 1, 1),
        ["Pad"] = new(Pad, 2, 4, "mode"),
        ["Resize"] = new(
            Resize,
            3,
            4,
            "antialias",
            "axes",
            "coordinate_transformation_mode",
            "cubic_coeff_a",
            "exclude_outside",
            "extrapolation_value",
            "keep_aspect_ratio_policy",
            "mode",
            "nearest_mode"
        ),
        ["Flatten"] = new(Flatten, 1, 1, "axis"),
        ["Reshape"] = new(Reshape, 2, 2, "allowzero"),
        ["Transpose"] = new(Transpose, 1, 1, "perm"),
        ["Concat"] = new(Concat, 1, OnnxLimits.MaxNodes, "axis"),
        ["Slice"] = new(Slice, 4, 5),
        ["Gather"] = new(Gather, 2, 2, "axis"),
        ["DepthToSpace"] = new(DepthToSpace, 1, 1, "blocksize", "mode"),
        ["SpaceToDepth"] = new(SpaceToDepth, 1, 1, "blocksize"),
        ["MatMul"] = new(MatMul, 2, 2),
        ["Gemm"] = new(Gemm, 2, 3, "alpha", "beta", "transA", "transB"),
        ["DequantizeLinear"] = new(DequantizeLinear, 2, 3, "axis", "block_size"),
        ["Conv"] = new(Conv, 2, 3, "auto_pad", "dilations", "group", "kernel_shape", "pads", "strides"),
        ["ConvTranspose"] = new(ConvTranspose, 2, 3, "auto_pad", "dilations", "group", "kernel_shape", "output_padding", "pads", "strides"),
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
