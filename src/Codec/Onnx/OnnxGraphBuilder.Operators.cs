namespace Codec.Onnx;

// Shapes are in ONNX's order. N is the batch; [C, H, W] data is channels first, as convolutions take it.
internal sealed partial class OnnxGraphBuilder
{
    /// <summary>a + b, element by element; shapes are aligned at the right, and sizes of 1 are repeated.</summary>
    public OnnxValue Add(OnnxValue a, OnnxValue b) => AddNode("Add", [a, b]);

    /// <summary>a − b, element by element; shapes are aligned at the right, and sizes of 1 are repeated.</summary>
    public OnnxValue Sub(OnnxValue a, OnnxValue b) => AddNode("Sub", [a, b]);

    /// <summary>a · b, element by element; shapes are aligned at the right, and sizes of 1 are repeated.</summary>
    public OnnxValue Mul(OnnxValue a, OnnxValue b) => AddNode("Mul", [a, b]);

    /// <summary>a / b, element by element; shapes are aligned at the right, and sizes of 1 are repeated.</summary>
    public OnnxValue Div(OnnxValue a, OnnxValue b) => AddNode("Div", [a, b]);

    /// <summary>max(x, 0).</summary>
    public OnnxValue Relu(OnnxValue x) => AddNode("Relu", [x]);

    /// <summary>x where x ≥ 0, slope · x elsewhere.</summary>
    public OnnxValue LeakyRelu(OnnxValue x, float slope = 0.01f) => AddNode("LeakyRelu", [x], Attribute("alpha", slope));

    /// <summary>The hyperbolic tangent.</summary>
    public OnnxValue Tanh(OnnxValue x) => AddNode("Tanh", [x]);

    /// <summary>1 / (1 + e^−x).</summary>
    public OnnxValue Sigmoid(OnnxValue x) => AddNode("Sigmoid", [x]);

    /// <summary>The square root.</summary>
    public OnnxValue Sqrt(OnnxValue x) => AddNode("Sqrt", [x]);

    /// <summary>min(max(x, low), high).</summary>
    public OnnxValue Clip(OnnxValue x, float low, float high) => AddNode("Clip", [x, Constant([low]), Constant([high])]);

    /// <summary>[N, …] → [N, elements].</summary>
    public OnnxValue Flatten(OnnxValue x) => AddNode("Flatten", [x], Attribute("axis", 1L));

    /// <summary>[N, …] → [N, shape…], elements in the same order.</summary>
    /// <param name="x">The data.</param>
    /// <param name="shape">The new sizes without N; their product equals that of the old ones.</param>
    public OnnxValue Reshape(OnnxValue x, params ReadOnlySpan<int> shape)
    {
        var sizes = new long[shape.Length + 1];
        sizes[0] = -1;
        for (int axis = 0; axis < shape.Length; axis++)
            sizes[axis + 1] = shape[axis];
        return AddNode("Reshape", [x, Integers(sizes)]);
    }

    /// <summary>Reorders the axes.</summary>
    /// <param name="x">The data.</param>
    /// <param name="order">The axis of x at each axis of the result; begins with 0 (N) unless x is a constant.</param>
    public OnnxValue Transpose(OnnxValue x, params ReadOnlySpan<int> order) => AddNode("Transpose", [x], Attribute("perm", order));

    /// <summary>Joins values along an axis.</summary>
    /// <param name="axis">1 or more (0 is N).</param>
    /// <param name="values">Values whose sizes differ along that axis only.</param>
    public OnnxValue Concat(int axis, params ReadOnlySpan<OnnxValue> values)
    {
        var inputs = new OnnxValue?[values.Length];
        for (int index = 0; index < inputs.Length; index++)
            inputs[index] = values[index];
        return AddNode("Concat", inputs, Attribute("axis", (long)axis));
    }

    /// <summary>Selects every step-th index of start..end−1 of an axis.</summary>
    /// <param name="x">The data.</param>
    /// <param name="axis">1 or more (0 is N).</param>
    /// <param name="start">The first index; negative counts from the end.</param>
    /// <param name="end">One past the last index; negative counts from the end.</param>
    /// <param name="step">1 or more.</param>
    public OnnxValue Slice(OnnxValue x, int axis, int start, int end, int step = 1) =>
        AddNode("Slice", [x, Integers(start), Integers(end), Integers(axis), Integers(step)]);

    /// <summary>Selects indices of an axis, in the given order.</summary>
    /// <param name="x">The data.</param>
    /// <param name="axis">1 or more (0 is N).</param>
    /// <param name="indices">Indices; negative ones count from the end.</param>
    public OnnxValue Gather(OnnxValue x, int axis, params ReadOnlySpan<long> indices) =>
        AddNode("Gather", [x, Integers(indices)], Attribute("axis", (long)axis));

    /// <summary>[N, C·b², H, W] → [N, C, H·b, W·b].</summary>
    /// <param name="x">The data.</param>
    /// <param name="block">b, 1 or more.</param>
    /// <param name="channelsOutermost">
    /// Order of the input's channels: [C, b, b] (Torch's PixelShuffle) if true, [b, b, C] otherwise.
    /// </param>
    public OnnxValue DepthToSpace(OnnxValue x, int block, bool channelsOutermost = true) =>
        AddNode("DepthToSpace", [x], Attribute("blocksize", (long)block), Attribute("mode", channelsOutermost ? "CRD" : "DCR"));

    /// <summary>[N, C, H·b, W·b] → [N, b·b·C, H, W], channels ordered [b, b, C].</summary>
    public OnnxValue SpaceToDepth(OnnxValue x, int block) => AddNode("SpaceToDepth", [x], Attribute("blocksize", (long)block));

    /// <summary>[N, …, K] · [K, S] → [N, …, S].</summary>
    public OnnxValue MatMul(OnnxValue x, OnnxValue weights) => AddNode("MatMul", [x, weights]);

    /// <summary>[N, K] · weights + bias → [N, S].</summary>
    /// <param name="x">The data.</param>
    /// <param name="weights">[K, S], or [S, K] where transposed (Torch's Linear).</param>
    /// <param name="bias">[S], or none.</param>
    /// <param name="transposed">Whether the weights are [S, K].</param>
    public OnnxValue Gemm(OnnxValue x, OnnxValue weights, OnnxValue? bias = null, bool transposed = false) =>
        AddNode("Gemm", [x, weights, bias], Attribute("transB", transposed ? 1L : 0L));

    /// <summary>Dequantizes an int8 constant to floats: element · scale.</summary>
    /// <param name="quantized">An int8 constant.</param>
    /// <param name="scales">A scale for each index of the axis.</param>
    /// <param name="axis">The axis that the scales belong to: 0 for one scale a row.</param>
    public OnnxValue DequantizeLinear(OnnxValue quantized, ReadOnlySpan<float> scales, int axis = 0) =>
        AddNode("DequantizeLinear", [quantized, Constant(scales, scales.Length)], Attribute("axis", (long)axis));

    /// <summary>Correlates [N, C, H, W] with a kernel.</summary>
    /// <param name="x">The data.</param>
    /// <param name="weights">[M, C/groups, height, width].</param>
    /// <param name="bias">[M], or none.</param>
    /// <param name="stride">Step of the kernel on both axes.</param>
    /// <param name="padding">Zeros added on each side.</param>
    /// <param name="dilation">Distance between the kernel's elements.</param>
    /// <param name="groups">Number of groups into which the channels are split; groups do not mix.</param>
    public OnnxValue Conv(
        OnnxValue x,
        OnnxValue weights,
        OnnxValue? bias = null,
        int stride = 1,
        int padding = 0,
        int dilation = 1,
        int groups = 1
    ) =>
        AddNode(
            "Conv",
            [x, weights, bias],
            Attribute("dilations", dilation, dilation),
            Attribute("group", (long)groups),
            Attribute("pads", padding, padding, padding, padding),
            Attribute("strides", stride, stride)
        );

    /// <summary>
    /// The transpose of <see cref="Conv"/>: sides become stride · (side − 1) + outputPadding + dilation · (kernel − 1) + 1 − 2 · padding.
    /// </summary>
    /// <param name="x">The data.</param>
    /// <param name="weights">[C, M/groups, height, width].</param>
    /// <param name="bias">[M], or none.</param>
    /// <param name="stride">Distance between the data's elements in the result.</param>
    /// <param name="padding">Elements cut off on each side.</param>
    /// <param name="outputPadding">Elements added at the end of each axis; below the stride.</param>
    /// <param name="dilation">Distance between the kernel's elements.</param>
    /// <param name="groups">Number of groups into which the channels are split; groups do not mix.</param>
    public OnnxValue ConvTranspose(
        OnnxValue x,
        OnnxValue weights,
        OnnxValue? bias = null,
        int stride = 1,
        int padding = 0,
        int outputPadding = 0,
        int dilation = 1,
        int groups = 1
    ) =>
        AddNode(
            "ConvTranspose",
            [x, weights, bias],
            Attribute("dilations", dilation, dilation),
            Attribute("group", (long)groups),
            Attribute("output_padding", outputPadding, outputPadding),
            Attribute("pads", padding, padding, padding, padding),
            Attribute("strides", stride, stride)
        );
}
