using Codec.Errors;
using Codec.Models;
using Google.Protobuf;

namespace Codec.Onnx;

/// <summary>
/// A checked ONNX graph: its operators are allowed and in order, its constants have the right length, its shapes fit, and its memory and
/// work are bounded.
/// </summary>
internal sealed class OnnxGraph
{
    private readonly Dictionary<string, OnnxOperand> _values = [];

    private OnnxGraph(ReadOnlyMemory<byte> blob, string role, GraphSignature signature) =>
        (Blob, Role, Signature) = (blob, role, signature);

    /// <summary>The file that the graph was read from.</summary>
    public ReadOnlyMemory<byte> Blob { get; }

    /// <summary>The graph's role in its model, which errors name: <c>encoder</c>, <c>head image</c>.</summary>
    public string Role { get; }

    /// <summary>The input and output.</summary>
    public GraphSignature Signature { get; }

    /// <summary>The operators, ordered so that each follows the operators whose results it uses.</summary>
    public IReadOnlyList<OnnxNode> Nodes { get; private set; } = [];

    /// <summary>Upper bound on the floats of one image during a run: all values and the largest workspace.</summary>
    public long Elements { get; private set; }

    /// <summary>Multiply-adds of one image.</summary>
    public long MultiplyAdds { get; private set; }

    /// <summary>Reads and checks a graph.</summary>
    /// <param name="blob">The ONNX file's bytes; kept, not copied.</param>
    /// <param name="role">The graph's role in its model, for errors.</param>
    /// <param name="signature">The input and output that the graph must have.</param>
    /// <exception cref="InvalidModelException">The bytes are not an allowed graph. No other exception is thrown.</exception>
    public static OnnxGraph Parse(ReadOnlyMemory<byte> blob, string role, GraphSignature signature)
    {
        if (blob.Length > ModelLimits.MaxBlobBytes)
            throw new InvalidModelException(role, $"the graph has {blob.Length} bytes; at most {ModelLimits.MaxBlobBytes} are allowed.");
        OnnxWire.Check(blob.Span, role);
        ModelProto model;
        try
        {
            model = ModelProto.Parser.ParseFrom(blob.Span);
        }
        catch (InvalidProtocolBufferException exception)
        {
            throw new InvalidModelException(role, "the bytes are not an ONNX graph.", exception);
        }

        var graph = new OnnxGraph(blob, role, signature);
        graph.ReadHeader(model);
        graph.ReadConstants(model.Graph);
        graph.ReadNodes(model.Graph);
        graph.CheckOutput(model.Graph);
        return graph;
    }

    /// <summary>A named value's type and shape, and a constant's elements, as the graph determines them.</summary>
    public OnnxOperand this[string name] => _values[name];

    private void ReadHeader(ModelProto model)
    {
        if (model.IrVersion is < 7 or > 10)
            throw Refuse($"IR version {model.IrVersion} is outside 7..10.");
        if (model.OpsetImport.Count != 1 || model.OpsetImport[0].Domain.Length != 0)
            throw Refuse("exactly one operator set, ONNX's own (empty domain), is allowed.");
        if (model.OpsetImport[0].Version is < 13 or > 21)
            throw Refuse($"operator set {model.OpsetImport[0].Version} is outside 13..21.");
        if (model.Graph is null)
            throw Refuse("there is no graph.");
        if (model.Graph.Node.Count is 0 or > OnnxLimits.MaxNodes)
            throw Refuse($"{model.Graph.Node.Count} nodes; 1 to {OnnxLimits.MaxNodes} are allowed.");
        if (model.Graph.Input.Count != 1)
            throw Refuse($"{model.Graph.Input.Count} inputs; exactly one, '{Signature.Input}', is allowed.");
        CheckDeclared(model.Graph.Input[0], "input", Signature.Input, Signature.InputShape);
    }

    private void ReadConstants(GraphProto graph)
    {
        Define(Signature.Input, new OnnxOperand(OnnxShape.Batched(Signature.InputShape), OnnxElement.Float, null));
        long weights = 0;
        foreach (TensorProto proto in graph.Initializer)
        {
            var tensor = OnnxTensor.Parse(proto, Role);
            weights += tensor.Shape.Elements;
            if (weights > OnnxLimits.MaxWeights)
                throw Refuse($"the initializers have more than {OnnxLimits.MaxWeights} elements together.");
            Define(proto.Name, new OnnxOperand(tensor.Shape, tensor.Element, tensor));
        }
    }

    private void ReadNodes(GraphProto graph)
    {
        var nodes = new List<OnnxNode>(graph.Node.Count);
        long workspace = 0,
            values = Signature.InputLength;
        foreach (NodeProto proto in graph.Node)
        {
            var node = new OnnxNode(proto, Role);
            var operation = new OnnxOperation(node, [.. node.Inputs.Select(name => Resolve(node, name))]);
            OnnxShape shape = OnnxOperators.Infer(operation);
            Define(node.Output, new OnnxOperand(shape, OnnxElement.Float, null));
            values += shape.Elements;
            workspace = Math.Max(workspace, operation.Workspace);
            MultiplyAdds += operation.MultiplyAdds;
            Elements = values + workspace;
            if (Elements > OnnxLimits.MaxElements)
                throw node.Refuse($"up to here one image takes {Elements} floats of memory; at most {OnnxLimits.MaxElements} are allowed.");
            if (MultiplyAdds > OnnxLimits.MaxMultiplyAdds)
            {
                throw node.Refuse(
                    $"up to here one image takes {MultiplyAdds} multiply-adds; at most {OnnxLimits.MaxMultiplyAdds} are allowed."
                );
            }

            nodes.Add(node);
        }

        Nodes = nodes;
    }

    private OnnxOperand? Resolve(OnnxNode node, string name)
    {
        if (name.Length == 0)
            return null;
        return _values.TryGetValue(name, out OnnxOperand? operand)
            ? operand
            : throw node.Refuse($"input '{name}' is neither the graph's input, an initializer, nor the result of an earlier node.");
    }

    private void CheckOutput(GraphProto graph)
    {
        if (graph.Output.Count != 1)
            throw Refuse($"{graph.Output.Count} outputs; exactly one, '{Signature.Output}', is allowed.");
        CheckDeclared(graph.Output[0], "output", Signature.Output, Signature.OutputShape);
        if (Nodes.All(node => node.Output != Signature.Output))
            throw Refuse($"no node gives the output '{Signature.Output}'.");
        OnnxShape expected = OnnxShape.Batched(Signature.OutputShape);
        if (!_values[Signature.Output].Shape.Matches(expected))
            throw Refuse($"the output '{Signature.Output}' has shape {_values[Signature.Output].Shape}; the manifest asks for {expected}.");
    }

    private void CheckDeclared(ValueInfoProto declared, string kind, string name, int[] shape)
    {
        if (declared.Name != name)
            throw Refuse($"the {kind} is named '{declared.Name}'; it must be '{name}'.");
        if (declared.Type?.TensorType is not { ElemType: (int)OnnxElement.Float, Shape: { } declaredShape })
            throw Refuse($"the {kind} '{name}' must be a float tensor with a shape.");
        long[] expected = [OnnxShape.Batch, .. shape.Select(side => (long)side)];
        // A dimension without a number is free.
        if (
            !declaredShape.Dim.Select(dim => dim.HasDimValue ? dim.DimValue : OnnxShape.Batch).SequenceEqual(expected)
            || declaredShape.Dim[0].HasDimValue
        )
        {
            throw Refuse(
                $"the {kind} '{name}' is declared [{string.Join(", ", declaredShape.Dim.Select(dim => dim.HasDimValue ? $"{dim.DimValue}" : "free"))}]; the manifest asks for [free, {string.Join(", ", shape)}]."
            );
        }
    }

    private void Define(string name, OnnxOperand operand)
    {
        if (name.Length == 0 || !_values.TryAdd(name, operand))
            throw Refuse(name.Length == 0 ? "a value has no name." : $"the name '{name}' is given to two values.");
    }

    private InvalidModelException Refuse(string message) => new(Role, message);
}
