using Codec.Trainer.Import.Exported;
using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Codec.Trainer.Import;

/// <summary>
/// Computes a node whose inputs are all constants, by ONNX Runtime: the sizes that exporters compute, reparametrized weights.
/// </summary>
internal static class ConstantFolding
{
    // 256 MiB of floats; the largest weights of a graph that may be published have twice as many.
    private const double MaxElements = 1 << 26;

    /// <summary>Operators whose result is no larger than all inputs together.</summary>
    private static readonly HashSet<string> Keeping =
    [
        "Abs",
        "Cast",
        "Ceil",
        "Clip",
        "Concat",
        "DequantizeLinear",
        "Exp",
        "Flatten",
        "Floor",
        "Identity",
        "Log",
        "Neg",
        "Not",
        "Reciprocal",
        "ReduceMax",
        "ReduceMean",
        "ReduceMin",
        "ReduceProd",
        "ReduceSum",
        "Relu",
        "Reshape",
        "Round",
        "Shape",
        "Sigmoid",
        "Slice",
        "Softplus",
        "Split",
        "Sqrt",
        "Squeeze",
        "Tanh",
        "Transpose",
        "Unsqueeze",
    ];

    private static readonly HashSet<string> Broadcasting =
    [
        "Add",
        "And",
        "Div",
        "Equal",
        "Greater",
        "Less",
        "Max",
        "Min",
        "Mod",
        "Mul",
        "Or",
        "Pow",
        "Sub",
        "Sum",
        "Where",
    ];

    /// <summary>Computes the results of a node.</summary>
    /// <exception cref="ArgumentException">The operator cannot be folded, its result is too large, or ONNX Runtime refuses it.</exception>
    public static ConstantTensor[] Evaluate(ExportedNode node, IReadOnlyList<ConstantTensor?> inputs, long operatorSet)
    {
        double elements = Bound(node, inputs);
        if (!(elements <= MaxElements))
            throw new ArgumentException($"its constant result would have {elements:0} elements; at most {MaxElements:0} are allowed.");
        var graph = new ExportedGraphProto { Name = "constant" };
        ExportedNode copy = node.Clone();
        for (int index = 0; index < inputs.Count; index++)
        {
            if (inputs[index] is not { } tensor)
                continue;
            copy.Input[index] = $"constant_{index}";
            var initializer = new ExportedTensor
            {
                Name = copy.Input[index],
                DataType = (int)tensor.Element,
                RawData = ByteString.CopyFrom(tensor.Data),
            };
            initializer.Dims.Add(tensor.Dimensions);
            graph.Initializer.Add(initializer);
        }

        graph.Node.Add(copy);
        graph.Output.Add(copy.Output.Select(name => new ExportedValue { Name = name }));
        var model = new ExportedModel { IrVersion = 8, Graph = graph };
        model.OpsetImport.Add(new OperatorSet { Version = operatorSet });
        try
        {
            using var options = new SessionOptions { IntraOpNumThreads = 1, LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
            using var session = new InferenceSession(model.ToByteArray(), options);
            using var run = new RunOptions();
            using IDisposableReadOnlyCollection<OrtValue> results = session.Run(run, [], [], copy.Output);
            return [.. results.Select(Read)];
        }
        catch (OnnxRuntimeException exception)
        {
            throw new ArgumentException($"its constant result cannot be computed: {exception.Message}", exception);
        }
    }

    private static ConstantTensor Read(OrtValue value)
    {
        OrtTensorTypeAndShapeInfo info = value.GetTensorTypeAndShape();
        ExportedElement element = info.ElementDataType switch
        {
            TensorElementType.Float => ExportedElement.Float,
            TensorElementType.Int64 => ExportedElement.Int64,
            TensorElementType.Int32 => ExportedElement.Int32,
            TensorElementType.Bool => ExportedElement.Bool,
            TensorElementType.Double => ExportedElement.Double,
            TensorElementType.Float16 => ExportedElement.Half,
            TensorElementType.Int8 => ExportedElement.Int8,
            TensorElementType.UInt8 => ExportedElement.UInt8,
            var other => throw new ArgumentException($"its constant result has elements of type {other}, which are not read here."),
        };
        return new ConstantTensor(element, info.Shape, value.GetTensorMutableRawData().ToArray());
    }

    private static double Bound(ExportedNode node, IReadOnlyList<ConstantTensor?> inputs)
    {
        if (Keeping.Contains(node.OpType))
            return inputs.Sum(input => (double)(input?.Elements ?? 0));
        if (Broadcasting.Contains(node.OpType))
            return Largest([.. inputs.OfType<ConstantTensor>().Select(input => input.Dimensions)]);
        return node.OpType switch
        {
            "ConstantOfShape" => Largest(Input(0).Integers()),
            "Expand" => Largest(Input(0).Dimensions, Input(1).Integers()),
            "Tile" => Input(1).Integers().Aggregate((double)Input(0).Elements, (product, repeats) => product * repeats),
            "Gather" or "MatMul" => (double)Input(0).Elements * Input(1).Elements,
            "Range" => (Scalar(1) - Scalar(0)) / Scalar(2) + 1,
            _ => throw new ArgumentException(
                "all its inputs are constants, and this operator is not computed here; export with constant folding."
            ),
        };

        ConstantTensor Input(int index) =>
            index < inputs.Count && inputs[index] is { } input ? input : throw new ArgumentException($"input {index} is missing.");

        double Scalar(int index) =>
            Input(index).Elements == 1 ? Input(index).Floats()[0] : throw new ArgumentException($"input {index} must be a scalar.");
    }

    /// <summary>Product of the larger size on each axis, aligned at the right: at least that of the result of a broadcast.</summary>
    private static double Largest(params long[][] shapes)
    {
        double product = 1;
        for (int fromRight = 1; fromRight <= shapes.Max(shape => shape.Length); fromRight++)
            product *= shapes.Max(shape => fromRight <= shape.Length ? shape[^fromRight] : 1);
        return product;
    }
}
