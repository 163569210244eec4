using Codec.Errors;
using Codec.Onnx;
using Codec.Transforms;
using Kind = Codec.Onnx.AttributeProto.Types.AttributeType;

namespace Codec.Tests.Onnx;

/// <summary>
/// Operators that only other programs write: the sizes that the checks compute are those of ONNX Runtime, and hostile ones are refused
/// before anything of their size is allocated.
/// </summary>
public sealed class ForeignOperatorTests
{
    private const long MaxAllocation = 32 << 20;

    private static readonly GraphSignature Input = new("in", [4, 7, 6], "out", [1]);

    /// <summary>Operators over [N, 4, 7, 6], with the sizes of the result.</summary>
    private static readonly Dictionary<string, (int[] Output, Func<OnnxGraphBuilder, OnnxValue> Build)> Allowed = new()
    {
        ["MaxPool"] = (
            [4, 4, 3],
            graph => Add(graph, "MaxPool", [graph.Input], List("kernel_shape", 3, 2), List("strides", 2, 2), List("pads", 1, 0, 1, 0))
        ),
        ["MaxPool dilated"] = (
            [4, 3, 4],
            graph => Add(graph, "MaxPool", [graph.Input], List("kernel_shape", 3, 2), List("dilations", 2, 2))
        ),
        ["AveragePool"] = (
            [4, 3, 2],
            graph =>
                Add(graph, "AveragePool", [graph.Input], List("kernel_shape", 3, 3), List("strides", 2, 3), Number("count_include_pad", 1))
        ),
        ["GlobalMaxPool"] = ([4, 1, 1], graph => Add(graph, "GlobalMaxPool", [graph.Input])),
        ["Pad"] = ([4, 10, 9], graph => Add(graph, "Pad", [graph.Input, Integers(graph, 0, 0, 1, 3, 0, 0, 2, 0)], Text("mode", "reflect"))),
        ["Pad axes"] = (
            [4, 8, 6],
            graph => Add(graph, "Pad", [graph.Input, Integers(graph, 0, 1), null, Integers(graph, 2)], Text("mode", "edge"))
        ),
        ["Resize nearest"] = ([4, 4, 19], graph => Resize(graph, [1, 1, .65f, 3.3f], Text("mode", "nearest"))),
        ["Resize linear"] = (
            [4, 20, 8],
            graph => Resize(graph, [1, 1, 2.9f, 1.4f], Text("mode", "linear"), Text("coordinate_transformation_mode", "align_corners"))
        ),
        ["Resize cubic"] = ([4, 14, 3], graph => Resize(graph, [1, 1, 2, .5f], Text("mode", "cubic"))),
        ["Resize sizes"] = (
            [4, 9, 5],
            graph => Add(graph, "Resize", [graph.Input, null, null, Integers(graph, 9, 5)], Text("mode", "linear"), List("axes", 2, 3))
        ),
        ["ReduceMean"] = ([4, 6], graph => Add(graph, "ReduceMean", [graph.Input, Integers(graph, -2)], Number("keepdims", 0))),
        ["GroupNormalization"] = (
            [4, 7, 6],
            graph => Add(graph, "GroupNormalization", [graph.Input, Ones(graph, 4), Ones(graph, 4)], Number("num_groups", 2))
        ),
        ["LayerNormalization"] = (
            [4, 7, 6],
            graph =>
                Add(
                    graph,
                    "LayerNormalization",
                    [graph.Input, graph.Constant([.. Enumerable.Range(1, 42).Select(n => (float)n)], 7, 6)],
                    Number("axis", -2)
                )
        ),
        ["PRelu"] = ([4, 7, 6], graph => Add(graph, "PRelu", [graph.Input, graph.Constant(new float[4], 4, 1, 1)])),
        ["Max"] = ([4, 7, 6], graph => Add(graph, "Max", [graph.Input, Ones(graph, 6), graph.Constant(new float[7], 7, 1)])),
        ["Pow"] = ([4, 7, 6], graph => Add(graph, "Pow", [graph.Input, Ones(graph, 1)])),
        ["Gelu"] = ([4, 7, 6], graph => Add(graph, "Gelu", [graph.Input], Text("approximate", "tanh"))),
        ["Softmax"] = ([4, 7, 6], graph => Add(graph, "Softmax", [graph.Input], Number("axis", 1))),
        ["Mish"] = ([4, 7, 6], graph => Add(graph, "Mish", [graph.Input])),
    };

    private static readonly Dictionary<string, Func<OnnxGraphBuilder, OnnxValue>> Refused = new()
    {
        ["pool with pads of the kernel"] = graph =>
            Add(graph, "MaxPool", [graph.Input], List("kernel_shape", 2, 2), List("pads", 2, 0, 0, 0)),
        ["pool with stride int64 max"] = graph =>
            Add(graph, "MaxPool", [graph.Input], List("kernel_shape", 2, 2), List("strides", 1, long.MaxValue)),
        ["pool with dilation int64 max"] = graph =>
            Add(graph, "MaxPool", [graph.Input], List("kernel_shape", 2, 2), List("dilations", long.MaxValue, 1)),
        ["pool without a kernel"] = graph => Add(graph, "AveragePool", [graph.Input]),
        ["pool that rounds up"] = graph =>
            Add(graph, "MaxPool", [graph.Input], List("kernel_shape", 2, 2), List("strides", 2, 2), Number("ceil_mode", 1)),
        ["pool with pads left open"] = graph =>
            Add(graph, "MaxPool", [graph.Input], List("kernel_shape", 2, 2), Text("auto_pad", "SAME_UPPER")),
        ["pad of int64 max"] = graph => Add(graph, "Pad", [graph.Input, Integers(graph, 0, 0, 0, 0, 0, 0, 0, long.MaxValue)]),
        ["pad below 0"] = graph => Add(graph, "Pad", [graph.Input, Integers(graph, 0, 0, -1, 0, 0, 0, 0, 0)]),
        ["pad of the batch"] = graph => Add(graph, "Pad", [graph.Input, Integers(graph, 1, 0, 0, 0, 0, 0, 0, 0)]),
        ["pads too few"] = graph => Add(graph, "Pad", [graph.Input, Integers(graph, 1, 1)]),
        ["reflection beyond the data"] = graph =>
            Add(graph, "Pad", [graph.Input, Integers(graph, 0, 0, 7, 0, 0, 0, 0, 0)], Text("mode", "reflect")),
        ["pad in an unknown mode"] = graph =>
            Add(graph, "Pad", [graph.Input, Integers(graph, 0, 0, 1, 0, 0, 0, 0, 0)], Text("mode", "wrap")),
        ["pads huge together"] = graph =>
            Add(
                graph,
                "Pad",
                [
                    Add(graph, "Pad", [graph.Input, Integers(graph, 0, 1024, 1024, 1024, 0, 1024, 1024, 1024)]),
                    Integers(graph, 0, 1024, 1024, 1024, 0, 1024, 1024, 1024),
                ]
            ),
        ["resize by infinity"] = graph => Resize(graph, [1, 1, float.PositiveInfinity, 1]),
        ["resize by NaN"] = graph => Resize(graph, [1, 1, float.NaN, 1]),
        ["resize by 1e30"] = graph => Resize(graph, [1, 1, 1e30f, 1]),
        ["resize to nothing"] = graph => Resize(graph, [1, 1, .1f, 1]),
        ["resize of the batch"] = graph => Resize(graph, [2, 1, 1, 1]),
        ["resize of channels"] = graph => Resize(graph, [1, 2, 1, 1]),
        ["resize with too few scales"] = graph => Resize(graph, [2, 2]),
        ["resize by antialiasing"] = graph => Resize(graph, [1, 1, 2, 2], Number("antialias", 1)),
        ["resize of a region"] = graph => Add(graph, "Resize", [graph.Input, Ones(graph, 8), graph.Constant([1, 1, 2, 2], 4)]),
        ["resize to int64 max"] = graph =>
            Add(graph, "Resize", [graph.Input, null, null, Integers(graph, long.MaxValue, 5)], List("axes", 2, 3)),
        ["resize with a fixed batch"] = graph => Add(graph, "Resize", [graph.Input, null, null, Integers(graph, 1, 4, 14, 12)]),
        ["resize without sizes"] = graph => Add(graph, "Resize", [graph.Input, null, null, Integers(graph)], List("axes")),
        ["mean of the batch"] = graph => Add(graph, "ReduceMean", [graph.Input, Integers(graph, 0)]),
        ["mean of everything"] = graph => Add(graph, "ReduceMean", [graph.Input], Number("keepdims", 0)),
        ["softmax of the batch"] = graph => Add(graph, "Softmax", [graph.Input], Number("axis", 0)),
        ["no groups"] = graph => Add(graph, "GroupNormalization", [graph.Input, Ones(graph, 4), Ones(graph, 4)]),
        ["groups that do not divide"] = graph =>
            Add(graph, "GroupNormalization", [graph.Input, Ones(graph, 4), Ones(graph, 4)], Number("num_groups", 3)),
        ["batch normalization in training"] = graph =>
            Add(
                graph,
                "BatchNormalization",
                [graph.Input, Ones(graph, 4), Ones(graph, 4), Ones(graph, 4), Ones(graph, 4)],
                Number("training_mode", 1)
            ),
        ["normalization of other channels"] = graph => Add(graph, "InstanceNormalization", [graph.Input, Ones(graph, 5), Ones(graph, 4)]),
        ["slope larger than the data"] = graph => Add(graph, "PRelu", [graph.Input, graph.Constant(new float[14], 2, 1, 1, 7, 1)]),
        ["broadcast to 2^40"] = graph =>
            Add(
                graph,
                "Max",
                [
                    Add(graph, "Max", [graph.Input, Ones(graph, 6)]),
                    graph.Constant(new float[1 << 13], 1 << 13, 1, 1, 1, 1),
                    graph.Constant(new float[1 << 13], 1 << 13, 1, 1, 1, 1, 1),
                ]
            ),
        ["maximum of constants"] = graph => Add(graph, "Max", [Ones(graph, 6), Ones(graph, 6)]),
    };

    public static TheoryData<string> AllowedNames => [.. Allowed.Keys];

    public static TheoryData<string> RefusedNames => [.. Refused.Keys];

    [Theory]
    [MemberData(nameof(AllowedNames))]
    public void Build_Allowed_HasTheSizesOfOnnxRuntime(string name)
    {
        (int[] output, Func<OnnxGraphBuilder, OnnxValue> build) = Allowed[name];
        GraphSignature signature = Input with { OutputShape = output };
        var builder = new OnnxGraphBuilder(signature);
        byte[] file = builder.Build(build(builder));
        var graph = OnnxGraph.Parse(file, "test", signature);
        using var run = new NetworkRun(OnnxNetworkRuntime.Instance, graph);
        float[] input = [.. Enumerable.Range(0, 2 * signature.InputLength).Select(index => MathF.Sin(index) + 1.5f)];
        var result = new float[2 * signature.OutputLength];
        // ONNX Runtime writes into this memory, and fails if its own sizes differ.
        run.Run(input, 2, result);
        Assert.All(result, value => Assert.True(float.IsFinite(value)));
        Assert.Contains(result, value => value != 0);
    }

    [Theory]
    [MemberData(nameof(RefusedNames))]
    public void Build_Refused_ThrowsWithoutAllocating(string name)
    {
        var builder = new OnnxGraphBuilder(Input);
        OnnxValue value = Refused[name](builder);
        long before = GC.GetAllocatedBytesForCurrentThread();
        var exception = Assert.Throws<InvalidModelException>(() => builder.Build(value));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MaxAllocation);
        // Not because of the output's shape, which no case fits.
        Assert.DoesNotContain("manifest", exception.Message, StringComparison.Ordinal);
    }

    private static OnnxValue Add(OnnxGraphBuilder graph, string operation, OnnxValue?[] inputs, params AttributeProto[] attributes) =>
        graph.Foreign(operation, inputs, attributes, 21);

    private static OnnxValue Resize(OnnxGraphBuilder graph, float[] scales, params AttributeProto[] attributes) =>
        Add(graph, "Resize", [graph.Input, null, graph.Constant(scales, scales.Length)], attributes);

    private static OnnxValue Ones(OnnxGraphBuilder graph, int count) => graph.Constant([.. Enumerable.Repeat(1f, count)], count);

    private static OnnxValue Integers(OnnxGraphBuilder graph, params long[] values) =>
        OnnxShape.TryCreate([values.Length], out OnnxShape? shape)
            ? graph.Constant(new OnnxTensor(OnnxElement.Int64, shape, values.SelectMany(BitConverter.GetBytes).ToArray()))
            : Ones(graph, 1);

    private static AttributeProto List(string name, params long[] values)
    {
        var attribute = new AttributeProto { Name = name, Type = Kind.Ints };
        attribute.Ints.Add(values);
        return attribute;
    }

    private static AttributeProto Number(string name, long value) =>
        new()
        {
            Name = name,
            I = value,
            Type = Kind.Int,
        };

    private static AttributeProto Text(string name, string value) =>
        new()
        {
            Name = name,
            S = Google.Protobuf.ByteString.CopyFromUtf8(value),
            Type = Kind.String,
        };
}
