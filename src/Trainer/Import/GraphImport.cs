using System.Globalization;
using Codec.Errors;
using Codec.Onnx;
using Codec.Trainer.Import.Exported;

namespace Codec.Trainer.Import;

/// <summary>
/// Turns an exported graph into one that may be published: computes constants, binds free sides, and replaces operators that only an
/// exporter needs. Every remaining operator is checked by the loader's own rules.
/// </summary>
internal sealed partial class GraphImport
{
    private const int MaxRefusals = 20;

    private readonly ExportedFile _file;
    private readonly Dictionary<string, Value> _values = [];
    private readonly Dictionary<string, OnnxTensor> _constants = [];
    private readonly List<ImportedStep> _steps = [];
    private readonly List<string> _refusals = [];

    private GraphImport(ExportedFile file) => _file = file;

    /// <summary>Imports a graph.</summary>
    /// <param name="file">The exported file.</param>
    /// <param name="input">The input's sizes without the batch.</param>
    /// <param name="output">The output to take; null for the only one.</param>
    /// <exception cref="InvalidModelException">Parts are refused; the message lists each by its node, with the reason.</exception>
    public static ImportedGraph Run(ExportedFile file, int[] input, string? output = null)
    {
        string name = ChooseOutput(file, output);
        var import = new GraphImport(file);
        import._values[file.Input] = new Data(file.Input, OnnxShape.Batched(input));
        import.ReadInitializers();
        foreach (ExportedNode node in Needed(file.Graph, name))
            import.ReadNode(node);
        if (import._refusals.Count > 0)
            throw import.Refused();
        if (!import._values.TryGetValue(name, out Value? result) || result is not Data { Shape: { IsBatched: true } shape } data)
            throw new InvalidModelException(file.Role, $"the output '{name}' does not depend on the input.");
        if (import._steps.Count == 0)
            throw new InvalidModelException(file.Role, "the graph computes nothing.");
        return new ImportedGraph(
            file.OperatorSet,
            file.Input,
            input,
            data.Name,
            shape.Dimensions[1..].ToArray(),
            import._steps,
            import._constants
        );
    }

    private static string ChooseOutput(ExportedFile file, string? wanted)
    {
        string[] outputs = [.. file.Graph.Output.Select(output => output.Name)];
        string list = string.Join(", ", outputs.Take(MaxRefusals));
        if (wanted is not null)
        {
            return outputs.Contains(wanted)
                ? wanted
                : throw new InvalidModelException(file.Role, $"there is no output '{wanted}'; the graph has: {list}.");
        }

        return outputs.Length == 1
            ? outputs[0]
            : throw new InvalidModelException(file.Role, $"there are {outputs.Length} outputs ({list}); choose one with --latents NAME.");
    }

    /// <summary>The nodes on which an output depends, in their order.</summary>
    private static Stack<ExportedNode> Needed(ExportedGraphProto graph, string output)
    {
        HashSet<string> names = [output];
        var nodes = new Stack<ExportedNode>();
        foreach (ExportedNode node in graph.Node.Reverse())
        {
            if (!node.Output.Any(names.Contains))
                continue;
            names.UnionWith(node.Input);
            nodes.Push(node);
        }

        return nodes;
    }

    private void ReadInitializers()
    {
        foreach (ExportedTensor tensor in _file.Graph.Initializer)
        {
            try
            {
                _values[tensor.Name] = new Constant(ConstantTensor.Parse(tensor));
            }
            catch (ArgumentException exception)
            {
                Refuse($"initializer '{tensor.Name}'", exception.Message);
            }
        }
    }

    private void ReadNode(ExportedNode node)
    {
        string place = node.Name.Length > 0 ? $"{node.OpType} '{node.Name}'" : $"{node.OpType} → '{node.Output.FirstOrDefault()}'";
        try
        {
            var inputs = new Value?[node.Input.Count];
            for (int index = 0; index < inputs.Length; index++)
            {
                // The results of a refused node are missing: what depends on them is not judged.
                if (node.Input[index].Length > 0 && !_values.TryGetValue(node.Input[index], out inputs[index]))
                {
                    if (_refusals.Count > 0)
                        return;
                    throw new ArgumentException($"its input '{node.Input[index]}' is not computed by an earlier node.");
                }
            }

            CheckNode(node);
            Value[] results = Compute(node, inputs);
            for (int index = 0; index < Math.Min(results.Length, node.Output.Count); index++)
                _values[node.Output[index]] = results[index];
        }
        catch (ArgumentException exception)
        {
            Refuse(place, exception.Message);
        }
        catch (InvalidModelException exception)
        {
            // The rule's message names the operator and our name for its result.
            string reason = exception.Problem;
            int colon = reason.IndexOf("': ", StringComparison.Ordinal);
            Refuse(place, colon > 0 ? reason[(colon + 3)..] : reason);
        }
    }

    private static void CheckNode(ExportedNode node)
    {
        if (!ExportedFile.IsStandard(node.Domain))
            throw new ArgumentException($"it is of the domain '{node.Domain}'; only ONNX's own operators are allowed.");
        if (node.Attribute.Any(attribute => !attribute.G.IsEmpty))
            throw new ArgumentException("it has a subgraph; export a network without branches and loops.");
    }

    private Value[] Compute(ExportedNode node, Value?[] inputs)
    {
        if (node.OpType == "Constant")
            return [new Constant(Attributes.ReadConstant(node))];
        if (node.OpType == "Shape" && inputs is [Data data])
            return [new Constant(ShapeOf(node, data))];
        ConstantTensor?[] constants = [.. inputs.Select(input => (input as Constant)?.Tensor)];
        bool constant = inputs.Length > 0 && inputs.All(input => input is null or Constant);
        // Quantized weights stay quantized: a quarter of the bytes.
        return constant && node.OpType != "DequantizeLinear"
            ? [.. ConstantFolding.Evaluate(node, constants, _file.OperatorSet).Select(tensor => new Constant(tensor))]
            : Rewrite(node, inputs);
    }

    /// <summary>The sizes of a value as a constant, with −1 for the batch: a new shape may begin with it.</summary>
    private static ConstantTensor ShapeOf(ExportedNode node, Data data)
    {
        long[] sides = data.Shape.Widen();
        int start = (int)Attributes.Integer(node, "start", 0, -sides.Length, sides.Length),
            end = (int)Attributes.Integer(node, "end", sides.Length, -sides.Length, sides.Length);
        start = start < 0 ? start + sides.Length : start;
        end = end < 0 ? end + sides.Length : end;
        return ConstantTensor.Of(start < end ? sides[start..end] : []);
    }

    /// <summary>Adds an operator, and checks it by the loader's rules.</summary>
    private Data Emit(string operation, Value?[] inputs, params AttributeProto[] attributes)
    {
        var proto = new NodeProto { OpType = operation };
        var operands = new OnnxOperand?[inputs.Length];
        for (int index = 0; index < inputs.Length; index++)
        {
            (string name, operands[index]) = inputs[index] switch
            {
                null => ("", null),
                Data data => (data.Name, new OnnxOperand(data.Shape, OnnxElement.Float, null)),
                Constant constant => Register(constant.Tensor.ToTensor(TakesIntegers(operation, index))),
                var other => throw new ArgumentException($"{other} is no input."),
            };
            proto.Input.Add(name);
        }

        proto.Attribute.Add(attributes);
        proto.Output.Add(string.Create(CultureInfo.InvariantCulture, $"value_{_steps.Count}"));
        var node = new OnnxNode(proto, _file.Role);
        OnnxShape shape = OnnxOperators.Infer(new OnnxOperation(node, operands));
        _steps.Add(new ImportedStep(operation, [.. proto.Input], node.Output, attributes));
        return new Data(node.Output, shape);
    }

    private (string Name, OnnxOperand Operand) Register(OnnxTensor tensor)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"constant_{_constants.Count}");
        _constants.Add(name, tensor);
        return (name, new OnnxOperand(tensor.Shape, tensor.Element, tensor));
    }

    private static bool TakesIntegers(string operation, int index) =>
        (operation, index) is ("Reshape", 1) or ("Slice", >= 1) or ("Gather", 1) or ("Pad", 1 or 3) or ("Resize", 3) or ("ReduceMean", 1);

    private void Refuse(string place, string reason)
    {
        if (_refusals.Count <= MaxRefusals)
            _refusals.Add($"{place}: {reason}");
    }

    private InvalidModelException Refused() =>
        new(
            _file.Role,
            $"{(_refusals.Count > MaxRefusals ? $"more than {MaxRefusals}" : _refusals.Count)} parts cannot be imported:\n  "
                + string.Join("\n  ", _refusals.Take(MaxRefusals))
        );

    /// <summary>A value of the graph.</summary>
    private abstract record Value;

    /// <summary>A value that depends on the image.</summary>
    private sealed record Data(string Name, OnnxShape Shape) : Value;

    /// <summary>A value that does not.</summary>
    private sealed record Constant(ConstantTensor Tensor) : Value;
}
