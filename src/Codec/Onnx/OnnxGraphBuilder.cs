using System.Runtime.InteropServices;
using Codec.Errors;
using Codec.Images;
using Codec.Models;
using Google.Protobuf;

namespace Codec.Onnx;

/// <summary>
/// Writes an encoder's or a decoder's graph as an ONNX file, one operator at a time: IR version 8, and operator set 17 unless operators of
/// another are added.
/// </summary>
/// <remarks>
/// The batch N is the free outermost dimension of every value that depends on the input. Operators check nothing: <see cref="Build"/>
/// checks the whole graph with the loader's rules, so that no graph is written that a loader would refuse. The same calls give the same
/// bytes. Not thread-safe.
/// </remarks>
internal sealed partial class OnnxGraphBuilder
{
    private const int IrVersion = 8;

    private readonly GraphSignature _signature;
    private readonly GraphProto _graph = new();
    private long _operatorSet = 17;
    private bool _built;

    internal OnnxGraphBuilder(GraphSignature signature)
    {
        _signature = signature;
        _graph.Name = $"{signature.Input} to {signature.Output}";
        _graph.Input.Add(Declare(signature.Input, signature.InputShape));
        _graph.Output.Add(Declare(signature.Output, signature.OutputShape));
        Input = new OnnxValue(signature.Input);
    }

    /// <summary>The graph's input: <c>pixels</c> [N, height, width, channels] or <c>latents</c> [N, latents].</summary>
    public OnnxValue Input { get; }

    /// <summary>Starts an encoder: <c>pixels</c> [N, height, width, channels] → <c>latents</c> [N, latents].</summary>
    /// <param name="input">Shape and scaling of the images: a pixel is byte · scale + offset.</param>
    /// <param name="latents">1 to <see cref="ModelLimits.MaxLatents"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">input or latents exceed <see cref="ModelLimits"/>.</exception>
    public static OnnxGraphBuilder Encoder(ImageGeometry input, int latents) => new(GraphSignature.Encoder(input, latents));

    /// <summary>Starts a decoder: <c>latents</c> [N, latents] → <c>pixels</c> [N, height, width, channels].</summary>
    /// <param name="latents">1 to <see cref="ModelLimits.MaxLatents"/>.</param>
    /// <param name="output">Shape and scaling of the images: a pixel is byte · scale + offset.</param>
    /// <exception cref="ArgumentOutOfRangeException">latents or output exceed <see cref="ModelLimits"/>.</exception>
    public static OnnxGraphBuilder Decoder(int latents, ImageGeometry output) => new(GraphSignature.Decoder(latents, output));

    /// <summary>Adds a constant of floats.</summary>
    /// <param name="elements">Elements, row-major; copied.</param>
    /// <param name="shape">Sizes of the dimensions, outermost first; empty for a scalar.</param>
    public OnnxValue Constant(ReadOnlySpan<float> elements, params ReadOnlySpan<int> shape) =>
        AddConstant(OnnxElement.Float, MemoryMarshal.AsBytes(elements), shape);

    /// <summary>Adds a constant of int8, for <see cref="DequantizeLinear"/>.</summary>
    /// <param name="elements">Elements, row-major; copied.</param>
    /// <param name="shape">Sizes of the dimensions, outermost first.</param>
    public OnnxValue Constant(ReadOnlySpan<sbyte> elements, params ReadOnlySpan<int> shape) =>
        AddConstant(OnnxElement.Int8, MemoryMarshal.AsBytes(elements), shape);

    /// <summary>Adds a constant as it was read.</summary>
    public OnnxValue Constant(OnnxTensor tensor) => AddConstant(tensor.Element, tensor.Data.Span, tensor.Shape.Dimensions);

    /// <summary>Adds an operator that another program wrote, in that program's operator set.</summary>
    /// <param name="operation">The operator's name.</param>
    /// <param name="inputs">Its inputs; null for an optional one that is absent.</param>
    /// <param name="attributes">Its attributes.</param>
    /// <param name="operatorSet">13 to 21. The operators that this builder adds itself are the same in all of them.</param>
    public OnnxValue Foreign(string operation, ReadOnlySpan<OnnxValue?> inputs, ReadOnlySpan<AttributeProto> attributes, long operatorSet)
    {
        _operatorSet = operatorSet;
        return AddNode(operation, inputs, attributes);
    }

    /// <summary>Completes the graph and writes it. A builder can build only once.</summary>
    /// <param name="output">The graph's output.</param>
    /// <returns>The ONNX file's bytes, owned by the caller.</returns>
    /// <exception cref="InvalidModelException">The graph breaks a rule; the message names the operator and the rule.</exception>
    /// <exception cref="InvalidOperationException">The builder has already built its graph.</exception>
    public byte[] Build(OnnxValue output)
    {
        if (_built)
            throw new InvalidOperationException("This builder has built its graph; begin a new one.");
        _built = true;
        Rename(output.Name, _signature.Output);
        var model = new ModelProto
        {
            IrVersion = IrVersion,
            ProducerName = "codec",
            Graph = _graph,
        };
        model.OpsetImport.Add(new OperatorSetIdProto { Version = _operatorSet });
        byte[] file = model.ToByteArray();
        OnnxGraph.Parse(file, "built graph", _signature);
        return file;
    }

    private static ValueInfoProto Declare(string name, int[] shape)
    {
        var proto = new TensorShapeProto();
        proto.Dim.Add(new TensorShapeProto.Types.Dimension { DimParam = "N" });
        proto.Dim.Add(shape.Select(side => new TensorShapeProto.Types.Dimension { DimValue = side }));
        return new ValueInfoProto
        {
            Name = name,
            Type = new TypeProto
            {
                TensorType = new TypeProto.Types.Tensor { ElemType = (int)OnnxElement.Float, Shape = proto },
            },
        };
    }

    private OnnxValue Integers(params ReadOnlySpan<long> elements) =>
        AddConstant(OnnxElement.Int64, MemoryMarshal.AsBytes(elements), [elements.Length]);

    private OnnxValue AddConstant(OnnxElement element, ReadOnlySpan<byte> data, ReadOnlySpan<int> shape)
    {
        var tensor = new TensorProto
        {
            DataType = (int)element,
            Name = $"constant_{_graph.Initializer.Count}",
            RawData = ByteString.CopyFrom(data),
        };
        foreach (int side in shape)
            tensor.Dims.Add(side);
        _graph.Initializer.Add(tensor);
        return new OnnxValue(tensor.Name);
    }

    private OnnxValue AddNode(string operation, ReadOnlySpan<OnnxValue?> inputs, params ReadOnlySpan<AttributeProto> attributes)
    {
        var node = new NodeProto { OpType = operation };
        foreach (OnnxValue? input in inputs)
            node.Input.Add(input?.Name ?? "");
        // Absent inputs at the end are not listed.
        while (node.Input[^1].Length == 0)
            node.Input.RemoveAt(node.Input.Count - 1);

        foreach (AttributeProto attribute in attributes)
            node.Attribute.Add(attribute);
        node.Output.Add($"{operation.ToLowerInvariant()}_{_graph.Node.Count}");
        _graph.Node.Add(node);
        return new OnnxValue(node.Output[0]);
    }

    private void Rename(string from, string to)
    {
        foreach (NodeProto node in _graph.Node)
        {
            for (int index = 0; index < node.Input.Count; index++)
                node.Input[index] = node.Input[index] == from ? to : node.Input[index];
            node.Output[0] = node.Output[0] == from ? to : node.Output[0];
        }
    }

    private static AttributeProto Attribute(string name, long value) =>
        new()
        {
            Name = name,
            I = value,
            Type = AttributeProto.Types.AttributeType.Int,
        };

    private static AttributeProto Attribute(string name, float value) =>
        new()
        {
            Name = name,
            F = value,
            Type = AttributeProto.Types.AttributeType.Float,
        };

    private static AttributeProto Attribute(string name, string value) =>
        new()
        {
            Name = name,
            S = ByteString.CopyFromUtf8(value),
            Type = AttributeProto.Types.AttributeType.String,
        };

    private static AttributeProto Attribute(string name, params ReadOnlySpan<int> values)
    {
        var attribute = new AttributeProto { Name = name, Type = AttributeProto.Types.AttributeType.Ints };
        foreach (int value in values)
            attribute.Ints.Add(value);
        return attribute;
    }
}
