using Codec.Errors;
using Codec.Images;
using Codec.Onnx;
using Codec.Transforms;
using Google.Protobuf;

namespace Codec.Tests.Onnx;

/// <summary>Hostile graphs: each is refused with <see cref="InvalidModelException"/>, and the refusal takes little memory.</summary>
public sealed class HostileGraphTests
{
    private const long MaxAllocation = 32 << 20;

    private static readonly ImageGeometry Image = new(4, 4, 3, 1f / 255, 0);

    private static readonly GraphSignature Signature = GraphSignature.Decoder(8, Image);

    private static readonly byte[] Valid = LinearGraphs.Decoder(new sbyte[8 * 48], Ones(8), new float[48], Image);

    private static readonly Dictionary<string, Action<ModelProto>> Damages = new()
    {
        ["IR version 11"] = model => model.IrVersion = 11,
        ["operator set 3"] = model => model.OpsetImport[0].Version = 3,
        ["no operator set"] = model => model.OpsetImport.Clear(),
        ["foreign operator set"] = model => model.OpsetImport.Add(new OperatorSetIdProto { Domain = "com.microsoft", Version = 1 }),
        ["no graph"] = model => model.Graph = null,
        ["no nodes"] = model => model.Graph.Node.Clear(),
        ["too many nodes"] = model => Repeat(OnnxLimits.MaxNodes, () => model.Graph.Node.Add(model.Graph.Node[0].Clone())),
        ["unknown operator"] = model => model.Graph.Node[1].OpType = "Loop",
        ["foreign domain"] = model => model.Graph.Node[1].Domain = "com.microsoft",
        ["unknown attribute"] = model => model.Graph.Node[1].Attribute.Add(new AttributeProto { Name = "body" }),
        ["attribute of another type"] = model => model.Graph.Node[0].Attribute[0].Type = AttributeProto.Types.AttributeType.Float,
        ["attribute twice"] = model => model.Graph.Node[0].Attribute.Add(model.Graph.Node[0].Attribute[0].Clone()),
        ["too few inputs"] = model => model.Graph.Node[1].Input.RemoveAt(1),
        ["too many inputs"] = model => model.Graph.Node[1].Input.Add("latents"),
        ["input left out"] = model => model.Graph.Node[1].Input[0] = "",
        ["two outputs of a node"] = model => model.Graph.Node[1].Output.Add("second"),
        ["not in order"] = model => (model.Graph.Node[1], model.Graph.Node[2]) = (model.Graph.Node[2].Clone(), model.Graph.Node[1].Clone()),
        ["missing initializer"] = model => model.Graph.Initializer.RemoveAt(0),
        ["initializer twice"] = model => model.Graph.Initializer.Add(model.Graph.Initializer[0].Clone()),
        ["initializer over the input"] = model => model.Graph.Initializer[0].Name = "latents",
        ["result over an initializer"] = model => model.Graph.Node[1].Output[0] = model.Graph.Initializer[0].Name,
        ["nameless initializer"] = model => model.Graph.Initializer[0].Name = "",
        ["side int64 max"] = model => model.Graph.Initializer[0].Dims[0] = long.MaxValue,
        ["negative side"] = model => model.Graph.Initializer[0].Dims[0] = -8,
        ["batch as a side of a constant"] = model => model.Graph.Initializer[0].Dims[0] = -1,
        ["zero side"] = model => model.Graph.Initializer[0].Dims[0] = 0,
        ["product overflows to the right length"] = model => SetDims(model.Graph.Initializer[0], 1L << 32, 1L << 32, 384),
        ["product overflows to zero"] = model => SetDims(model.Graph.Initializer[0], 1L << 62, 4),
        ["too many dimensions"] = model => SetDims(model.Graph.Initializer[0], [.. Enumerable.Repeat(1L, 100), 8, 48]),
        ["data one byte short"] = model => model.Graph.Initializer[0].RawData = ByteString.CopyFrom(new byte[383]),
        ["data one byte long"] = model => model.Graph.Initializer[0].RawData = ByteString.CopyFrom(new byte[385]),
        ["no data"] = model => model.Graph.Initializer[0].RawData = ByteString.Empty,
        ["strings as elements"] = model => model.Graph.Initializer[0].DataType = 8,
        ["int64 as weights"] = model => model.Graph.Initializer[0].DataType = 7,
        ["wrong input name"] = model => model.Graph.Input[0].Name = "x",
        ["two inputs"] = model => model.Graph.Input.Add(model.Graph.Input[0].Clone()),
        ["no input"] = model => model.Graph.Input.Clear(),
        ["wrong input side"] = model => model.Graph.Input[0].Type.TensorType.Shape.Dim[1].DimValue = 9,
        ["free input side"] = model => model.Graph.Input[0].Type.TensorType.Shape.Dim[1].DimParam = "K",
        ["fixed batch"] = model => model.Graph.Input[0].Type.TensorType.Shape.Dim[0].DimValue = 1,
        ["batch of -1"] = model => model.Graph.Input[0].Type.TensorType.Shape.Dim[0].DimValue = -1,
        ["input without type"] = model => model.Graph.Input[0].Type = null,
        ["input without shape"] = model => model.Graph.Input[0].Type.TensorType.Shape = null,
        ["wrong input type"] = model => model.Graph.Input[0].Type.TensorType.ElemType = 11,
        ["wrong output name"] = model => model.Graph.Output[0].Name = "y",
        ["wrong output side"] = model => model.Graph.Output[0].Type.TensorType.Shape.Dim[1].DimValue = 5,
        ["no output"] = model => model.Graph.Output.Clear(),
        ["output that no node gives"] = model => model.Graph.Node[^1].Output[0] = "elsewhere",
        ["output of another shape"] = model => SetIntegers(model, -1, 48),
        ["reshape int64 max"] = model => SetIntegers(model, -1, long.MaxValue),
        ["reshape overflows to the right product"] = model => SetIntegers(model, -1, 1L << 32, 1L << 32, 48),
        ["reshape to 2^40"] = model => SetIntegers(model, -1, 1 << 20, 1 << 20),
        ["reshape moves the batch"] = model => SetIntegers(model, 4, -1, 4, 3),
        ["reshape with two open sides"] = model => SetIntegers(model, 0, -1, -1, 3),
        ["reshape copies a side that is not there"] = model => SetIntegers(model, -1, 4, 0, 3),
        ["scales do not fit"] = model => SetFloats(model.Graph.Initializer[1], 7),
        ["axis outside"] = model => model.Graph.Node[0].Attribute[0].I = long.MinValue,
        ["conv whose result overflows"] = model => Splice(model, "ConvTranspose", 2, 2, "strides", [1024, 1024]),
        ["conv with stride int64 max"] = model => Splice(model, "ConvTranspose", 2, 2, "strides", [long.MaxValue, long.MaxValue]),
        ["conv with negative pads"] = model => Splice(model, "Conv", 2, 2, "pads", [-1, -1, -1, -1]),
        ["conv with pads int64 max"] = model => Splice(model, "Conv", 2, 2, "pads", [long.MaxValue, 1, long.MaxValue, 1]),
        ["conv with a kernel beyond the data"] = model => Splice(model, "Conv", 5, 5, "strides", [1, 1]),
        ["conv with dilation 0"] = model => Splice(model, "Conv", 2, 2, "dilations", [0, 0]),
    };

    public static TheoryData<string> DamageNames => [.. Damages.Keys];

    [Fact]
    public void Parse_ValidGraph_IsAccepted()
    {
        var graph = OnnxGraph.Parse(Valid, "head image", Signature);
        Assert.Equal(8 * 48, graph.MultiplyAdds);
        Assert.Equal(["DequantizeLinear", "MatMul", "Add", "Reshape"], graph.Nodes.Select(node => node.Operator));
    }

    [Theory]
    [MemberData(nameof(DamageNames))]
    public void Parse_DamagedGraph_Throws(string damage)
    {
        var model = ModelProto.Parser.ParseFrom(Valid);
        Damages[damage](model);
        AssertRefused(model.ToByteArray());
    }

    [Fact]
    public void Parse_EveryTruncation_Throws()
    {
        for (int length = 0; length < Valid.Length; length++)
            AssertRefused(Valid[..length]);
    }

    [Fact]
    public void Parse_OtherGeometry_Throws()
    {
        var exception = Assert.Throws<InvalidModelException>(() => OnnxGraph.Parse(Valid, "head image", GraphSignature.Decoder(9, Image)));
        Assert.Equal("head image", exception.Field);
        Assert.Throws<InvalidModelException>(() =>
            OnnxGraph.Parse(Valid, "head image", GraphSignature.Decoder(8, Image with { Width = 5 }))
        );
        Assert.Throws<InvalidModelException>(() => OnnxGraph.Parse(Valid, "encoder", GraphSignature.Encoder(Image, 8)));
    }

    [Theory]
    [InlineData(13)] // external_data
    [InlineData(4)] // float_data
    public void Parse_TensorWithOtherData_Throws(int field)
    {
        byte[] tensor = [.. ModelProto.Parser.ParseFrom(Valid).Graph.Initializer[0].ToByteArray(), (byte)(field << 3 | 2), 4, 0, 0, 0, 0];
        AssertRefused([.. Valid, .. Wrap(ModelProto.GraphFieldNumber, Wrap(GraphProto.InitializerFieldNumber, tensor))]);
    }

    [Fact]
    public void Parse_ExternalDataLocation_Throws()
    {
        byte[] tensor = [.. ModelProto.Parser.ParseFrom(Valid).Graph.Initializer[0].ToByteArray(), 14 << 3, 1];
        AssertRefused([.. Valid, .. Wrap(ModelProto.GraphFieldNumber, Wrap(GraphProto.InitializerFieldNumber, tensor))]);
    }

    [Theory]
    [InlineData(6)] // AttributeProto.g: a subgraph
    [InlineData(11)] // AttributeProto.graphs
    public void Parse_AttributeWithSubgraph_Throws(int field)
    {
        byte[] attribute = Wrap(field, Valid);
        AssertRefused([
            .. Valid,
            .. Wrap(ModelProto.GraphFieldNumber, Wrap(GraphProto.NodeFieldNumber, Wrap(NodeProto.AttributeFieldNumber, attribute))),
        ]);
    }

    [Fact]
    public void Parse_MillionsOfEmptyNodes_ThrowsWithoutMakingThem()
    {
        byte[] nodes = new byte[8 << 20];
        for (int index = 0; index < nodes.Length; index += 2)
            nodes[index] = GraphProto.NodeFieldNumber << 3 | 2;
        AssertRefused([.. Valid, .. Wrap(ModelProto.GraphFieldNumber, nodes)]);
    }

    [Fact]
    public void Parse_DeepNesting_Throws()
    {
        byte[] bytes = Valid;
        for (int depth = 0; depth < 200; depth++)
            bytes = Wrap(ModelProto.GraphFieldNumber, bytes);
        AssertRefused(bytes);
    }

    [Fact]
    public void Parse_DeclaredLengthBeyondTheFile_ThrowsWithoutAllocating() =>
        AssertRefused([ModelProto.GraphFieldNumber << 3 | 2, 0xFF, 0xFF, 0xFF, 0xFF, 0x07, 0]);

    [Fact]
    public void Parse_HugeIntermediate_Throws()
    {
        var signature = new GraphSignature("in", [64, 1024, 1024], "out", [64, 1024, 1024]);
        var builder = new OnnxGraphBuilder(signature);
        OnnxValue value = builder.Input;
        for (int repeat = 0; repeat < 8; repeat++)
            value = builder.Relu(value);
        var exception = Assert.Throws<InvalidModelException>(() => builder.Build(value));
        Assert.Contains("floats of memory", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_HugeWork_Throws()
    {
        var signature = new GraphSignature("in", [1 << 15, 1 << 10], "out", [1 << 15, 1 << 10]);
        var builder = new OnnxGraphBuilder(signature);
        OnnxValue value = builder.Input,
            weights = builder.Constant(new float[1 << 20], 1 << 10, 1 << 10);
        for (int repeat = 0; repeat < 5; repeat++)
            value = builder.MatMul(value, weights);
        var exception = Assert.Throws<InvalidModelException>(() => builder.Build(value));
        Assert.Contains("multiply-adds", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_HugeWorkspace_Throws()
    {
        var signature = new GraphSignature("in", [1, 1024, 1024], "out", [1, 1024, 1024]);
        var builder = new OnnxGraphBuilder(signature);
        OnnxValue value = builder.Conv(builder.Input, builder.Constant(new float[33 * 33], 1, 1, 33, 33), padding: 16);
        var exception = Assert.Throws<InvalidModelException>(() => builder.Build(value));
        Assert.Contains("floats of memory", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_RandomBytes_OnlyEverRefuses()
    {
        var random = new Random(7);
        for (int round = 0; round < 20_000; round++)
        {
            var bytes = new byte[random.Next(200)];
            random.NextBytes(bytes);
            AssertRefused(bytes);
        }
    }

    [Fact]
    public void Parse_FlippedBits_RefusesOrGivesAGraphThatRuns()
    {
        var random = new Random(11);
        int accepted = 0;
        for (int round = 0; round < 20_000; round++)
        {
            byte[] bytes = [.. Valid];
            for (int flip = random.Next(1, 4); flip > 0; flip--)
                bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
            OnnxGraph graph;
            try
            {
                graph = OnnxGraph.Parse(bytes, "head image", Signature);
            }
            catch (InvalidModelException)
            {
                continue;
            }

            // Most accepted graphs differ in a weight only; running every twentieth is enough to find the others.
            if (accepted++ % 20 == 0)
                RunOrRefuse(graph);
        }

        Assert.InRange(accepted, 1000, 20_000);
    }

    private static void RunOrRefuse(OnnxGraph graph)
    {
        using var runtime = new NetworkRun(OnnxNetworkRuntime.Instance, graph);
        try
        {
            runtime.Run(new float[16], 2, new float[96]);
        }
        catch (InvalidModelException) { }
    }

    private static void AssertRefused(byte[] bytes)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<InvalidModelException>(() => OnnxGraph.Parse(bytes, "head image", Signature));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MaxAllocation);
    }

    /// <summary>Wraps bytes in a length-delimited field.</summary>
    private static byte[] Wrap(int field, byte[] content)
    {
        using var stream = new MemoryStream();
        using (var writer = new CodedOutputStream(stream, leaveOpen: true))
        {
            writer.WriteTag(field, WireFormat.WireType.LengthDelimited);
            writer.WriteBytes(ByteString.CopyFrom(content));
        }

        return stream.ToArray();
    }

    private static void SetDims(TensorProto tensor, params long[] dims)
    {
        tensor.Dims.Clear();
        tensor.Dims.Add(dims);
    }

    private static void SetFloats(TensorProto tensor, int count)
    {
        SetDims(tensor, count);
        tensor.RawData = ByteString.CopyFrom(new byte[count * sizeof(float)]);
    }

    /// <summary>Replaces the shape of Reshape.</summary>
    private static void SetIntegers(ModelProto model, params long[] shape)
    {
        TensorProto tensor = model.Graph.Initializer.Single(initializer => initializer.DataType == 7);
        SetDims(tensor, shape.Length);
        tensor.RawData = ByteString.CopyFrom([.. shape.SelectMany(BitConverter.GetBytes)]);
    }

    /// <summary>Inserts a convolution of 3 channels, [N, 3, 4, 4] → …, before the graph's output.</summary>
    private static void Splice(ModelProto model, string type, int height, int width, string attribute, long[] values)
    {
        SetIntegers(model, -1, 3, 4, 4);
        model.Graph.Node[^1].Output[0] = "planes";
        var kernel = new TensorProto
        {
            Name = "kernel",
            DataType = 1,
            RawData = ByteString.CopyFrom(new byte[3 * 3 * height * width * 4]),
        };
        SetDims(kernel, 3, 3, height, width);
        model.Graph.Initializer.Add(kernel);
        var window = new AttributeProto { Name = attribute, Type = AttributeProto.Types.AttributeType.Ints };
        window.Ints.Add(values);
        model.Graph.Node.Add(
            new NodeProto
            {
                OpType = type,
                Input = { "planes", "kernel" },
                Output = { "pixels" },
                Attribute = { window },
            }
        );
    }

    private static void Repeat(int count, Action action)
    {
        for (int index = 0; index < count; index++)
            action();
    }

    private static float[] Ones(int count) => [.. Enumerable.Repeat(1f, count)];
}
