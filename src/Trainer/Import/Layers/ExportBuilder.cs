using System.Runtime.InteropServices;
using Codec.Trainer.Import.Exported;
using Google.Protobuf;
using Kind = Codec.Onnx.AttributeProto.Types.AttributeType;

namespace Codec.Trainer.Import.Layers;

/// <summary>Writes ONNX files as exporters do, node by node; nothing is checked.</summary>
internal sealed class ExportBuilder
{
    private readonly ExportedModel _model;
    private readonly Random _random = new(16);

    /// <summary>Starts a file.</summary>
    /// <param name="producer">What the file says wrote it.</param>
    /// <param name="operatorSet">Version of ONNX's operators.</param>
    /// <param name="input">The input's sizes without the batch, which is free; null for a free side.</param>
    public ExportBuilder(string producer, long operatorSet, params int?[] input)
    {
        _model = new ExportedModel
        {
            IrVersion = 8,
            ProducerName = producer,
            Graph = new ExportedGraphProto { Name = "main_graph" },
        };
        _model.OpsetImport.Add(new OperatorSet { Version = operatorSet });
        _model.Graph.Input.Add(Declare("input", [null, .. input]));
    }

    /// <summary>The file's graph.</summary>
    public ExportedGraphProto Graph => _model.Graph;

    /// <summary>Adds an operator, and returns its first result.</summary>
    /// <param name="operation">Its name.</param>
    /// <param name="inputs">Names of its inputs; empty for an absent one.</param>
    /// <param name="attributes">Names and values: long, float, string, long[], float[] or a tensor.</param>
    public string Add(string operation, string[] inputs, params (string Name, object Value)[] attributes) =>
        AddAll(operation, inputs, 1, attributes)[0];

    /// <summary>Adds an operator with several results.</summary>
    /// <inheritdoc cref="Add"/>
    public string[] AddAll(string operation, string[] inputs, int outputs, params (string Name, object Value)[] attributes)
    {
        string name = $"/{operation}_{Graph.Node.Count}";
        var node = new ExportedNode { OpType = operation, Name = name };
        node.Input.Add(inputs);
        node.Output.Add(Enumerable.Range(0, outputs).Select(index => $"{name}_output_{index}"));
        node.Attribute.Add(attributes.Select(attribute => Attribute(attribute.Name, attribute.Value)));
        Graph.Node.Add(node);
        return [.. node.Output];
    }

    /// <summary>Adds random weights as an initializer, uniform in ±scale around a centre.</summary>
    public string Weights(float scale, float centre, params int[] sizes)
    {
        var values = new float[sizes.Aggregate(1, (product, side) => product * side)];
        for (int index = 0; index < values.Length; index++)
            values[index] = centre + scale * (2 * _random.NextSingle() - 1);
        return Floats(values, sizes);
    }

    /// <summary>Adds weights as an initializer.</summary>
    public string Floats(float[] values, params int[] sizes)
    {
        ExportedTensor tensor = Tensor(ExportedElement.Float, MemoryMarshal.AsBytes<float>(values), sizes);
        tensor.Name = $"weight_{Graph.Initializer.Count}";
        Graph.Initializer.Add(tensor);
        return tensor.Name;
    }

    /// <summary>Adds a list of integers as a node.</summary>
    public string Integers(params long[] values) =>
        Add("Constant", [], ("value", Tensor(ExportedElement.Int64, MemoryMarshal.AsBytes<long>(values), [values.Length])));

    /// <summary>Adds an integer without dimensions as a node.</summary>
    public string Integer(long value) =>
        Add("Constant", [], ("value", Tensor(ExportedElement.Int64, MemoryMarshal.AsBytes<long>([value]), [])));

    /// <summary>Adds a float without dimensions as a node.</summary>
    public string Float(float value) =>
        Add("Constant", [], ("value", Tensor(ExportedElement.Float, MemoryMarshal.AsBytes<float>([value]), [])));

    /// <summary>Declares the output, and returns the file.</summary>
    /// <param name="output">Name of the value; its sizes are left out, as some exporters do.</param>
    public byte[] Build(string output)
    {
        Graph.Output.Add(new ExportedValue { Name = output });
        return _model.ToByteArray();
    }

    private static ExportedValue Declare(string name, int?[] sides)
    {
        var shape = new Shape();
        shape.Dim.Add(
            sides.Select(
                (side, axis) =>
                    side is { } known
                        ? new Shape.Types.Dimension { DimValue = known }
                        : new Shape.Types.Dimension { DimParam = $"side_{axis}" }
            )
        );
        return new ExportedValue
        {
            Name = name,
            Type = new ExportedType
            {
                TensorType = new ExportedType.Types.Tensor { ElemType = (int)ExportedElement.Float, Shape = shape },
            },
        };
    }

    private static ExportedTensor Tensor(ExportedElement element, ReadOnlySpan<byte> data, int[] sizes)
    {
        var tensor = new ExportedTensor { DataType = (int)element, RawData = ByteString.CopyFrom(data) };
        tensor.Dims.Add(sizes.Select(side => (long)side));
        return tensor;
    }

    private static ExportedAttribute Attribute(string name, object value)
    {
        var attribute = new ExportedAttribute { Name = name };
        switch (value)
        {
            case int integer:
                (attribute.I, attribute.Type) = (integer, (int)Kind.Int);
                break;
            case float number:
                (attribute.F, attribute.Type) = (number, (int)Kind.Float);
                break;
            case string text:
                (attribute.S, attribute.Type) = (ByteString.CopyFromUtf8(text), (int)Kind.String);
                break;
            case long[] list:
                attribute.Ints.Add(list);
                attribute.Type = (int)Kind.Ints;
                break;
            case ExportedTensor tensor:
                (attribute.T, attribute.Type) = (tensor, (int)Kind.Tensor);
                break;
            default:
                throw new ArgumentException($"{value} is no attribute.", nameof(value));
        }

        return attribute;
    }
}
