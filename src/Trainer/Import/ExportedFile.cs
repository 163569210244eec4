using Codec.Errors;
using Codec.Models;
using Codec.Onnx;
using Codec.Trainer.Import.Exported;
using Google.Protobuf;

namespace Codec.Trainer.Import;

/// <summary>An ONNX file as PyTorch or Keras exports it, with its header checked; its nodes are not checked yet.</summary>
/// <param name="Role">The graph's role, for errors: <c>encoder</c> or <c>decoder</c>.</param>
/// <param name="Graph">The graph.</param>
/// <param name="OperatorSet">Version of ONNX's own operators, 13 to 21.</param>
/// <param name="Producer">What wrote the file, with its version.</param>
/// <param name="Input">Name of the input.</param>
/// <param name="InputShape">The input's sizes without the batch; null for free ones.</param>
internal sealed record ExportedFile(
    string Role,
    ExportedGraphProto Graph,
    long OperatorSet,
    string Producer,
    string Input,
    IReadOnlyList<long?> InputShape
)
{
    // Exporters write a few nodes for each that remains after folding.
    private const int MaxParts = 16 * OnnxLimits.MaxNodes;

    /// <summary>Reads a file.</summary>
    /// <exception cref="InvalidModelException">It is not an ONNX file with one float input, or is of another operator set.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static ExportedFile Read(string path, string role)
    {
        long length = new FileInfo(path).Length;
        if (length > ModelLimits.MaxBlobBytes)
            throw new InvalidModelException(role, $"{path} has {length} bytes; at most {ModelLimits.MaxBlobBytes} are allowed.");
        return Parse(File.ReadAllBytes(path), role);
    }

    /// <inheritdoc cref="Read"/>
    public static ExportedFile Parse(byte[] file, string role)
    {
        ExportedModel model;
        try
        {
            CheckParts(file, role);
            model = ExportedModel.Parser.ParseFrom(file);
        }
        catch (InvalidProtocolBufferException exception)
        {
            throw new InvalidModelException(role, "the file is not an ONNX model.", exception);
        }

        if (model.Graph is not { } graph)
            throw new InvalidModelException(role, "the file has no graph; it is not an ONNX model.");
        long operatorSet = model.OpsetImport.FirstOrDefault(set => IsStandard(set.Domain))?.Version ?? 0;
        if (operatorSet is < 13 or > 21)
        {
            throw new InvalidModelException(
                role,
                $"operator set {operatorSet} is outside 13..21; export with opset_version=17 (PyTorch) or opset=17 (tf2onnx)."
            );
        }

        HashSet<string> constants = [.. graph.Initializer.Select(tensor => tensor.Name)];
        ExportedValue[] inputs = [.. graph.Input.Where(input => !constants.Contains(input.Name))];
        if (inputs.Length != 1)
        {
            throw new InvalidModelException(
                role,
                $"there are {inputs.Length} inputs ({string.Join(", ", inputs.Select(input => input.Name))}); export a network with exactly one."
            );
        }

        if (inputs[0].Type?.TensorType is not { ElemType: (int)ExportedElement.Float, Shape.Dim.Count: >= 2 } type)
        {
            throw new InvalidModelException(
                role,
                $"the input '{inputs[0].Name}' must be a float32 tensor with a batch and at least one side."
            );
        }

        return new ExportedFile(
            role,
            graph,
            operatorSet,
            $"{model.ProducerName} {model.ProducerVersion}".Trim(),
            inputs[0].Name,
            [.. type.Shape.Dim.Skip(1).Select(side => side is { HasDimValue: true, DimValue: > 0 } ? side.DimValue : (long?)null)]
        );
    }

    /// <summary>Whether a domain is that of ONNX's own operators.</summary>
    public static bool IsStandard(string domain) => domain is "" or "ai.onnx";

    /// <summary>Counts nodes and constants before they become objects: 2 bytes can become an object of 100.</summary>
    private static void CheckParts(byte[] file, string role)
    {
        var model = new CodedInputStream(file);
        while (model.ReadTag() is var tag and not 0)
        {
            if (tag != WireFormat.MakeTag(ExportedModel.GraphFieldNumber, WireFormat.WireType.LengthDelimited))
            {
                model.SkipLastField();
                continue;
            }

            int parts = 0;
            int length = model.ReadLength();
            if (length < 0 || length > file.Length - model.Position)
                throw new InvalidModelException(role, "the file is cut off.");
            var graph = new CodedInputStream(file, (int)model.Position, length);
            while (graph.ReadTag() != 0)
            {
                graph.SkipLastField();
                if (++parts > MaxParts)
                    throw new InvalidModelException(role, $"the graph has more than {MaxParts} nodes and constants.");
            }

            model = new CodedInputStream(file, (int)model.Position + length, file.Length - (int)model.Position - length);
        }
    }
}
