using Codec.Errors;

namespace Codec.Onnx;

/// <summary>One operator of a graph; it has one output.</summary>
internal sealed class OnnxNode
{
    private readonly Dictionary<string, AttributeProto> _attributes = [];

    /// <exception cref="InvalidModelException">
    /// The domain is not ONNX's, the number of outputs is not 1, or an attribute is given twice.
    /// </exception>
    public OnnxNode(NodeProto proto, string role)
    {
        Operator = proto.OpType;
        Inputs = [.. proto.Input];
        Role = role;
        if (proto.Domain.Length != 0)
            throw Refuse($"domain '{proto.Domain}' is not allowed; use ONNX's own operators (empty domain).");
        if (proto.Output.Count != 1 || proto.Output[0].Length == 0)
            throw Refuse($"{proto.Output.Count} outputs; exactly one, with a name, is allowed.");
        Output = proto.Output[0];
        foreach (AttributeProto attribute in proto.Attribute)
        {
            if (!_attributes.TryAdd(attribute.Name, attribute))
                throw Refuse($"attribute '{attribute.Name}' is given twice.");
        }
    }

    /// <summary>The operator's name.</summary>
    public string Operator { get; }

    /// <summary>Names of the inputs; an empty name marks an absent input.</summary>
    public IReadOnlyList<string> Inputs { get; }

    /// <summary>Name of the output.</summary>
    public string Output { get; } = "";

    /// <summary>Names of the attributes that are set.</summary>
    public IEnumerable<string> Attributes => _attributes.Keys;

    private string Role { get; }

    /// <summary>Returns an integer attribute, or <paramref name="otherwise"/> if it is not set.</summary>
    public long Integer(string name, long otherwise) => Find(name, AttributeProto.Types.AttributeType.Int)?.I ?? otherwise;

    /// <summary>Returns a float attribute, or <paramref name="otherwise"/> if it is not set.</summary>
    public float Float(string name, float otherwise) => Find(name, AttributeProto.Types.AttributeType.Float)?.F ?? otherwise;

    /// <summary>Returns a text attribute, or <paramref name="otherwise"/> if it is not set.</summary>
    public string Text(string name, string otherwise) =>
        Find(name, AttributeProto.Types.AttributeType.String)?.S.ToStringUtf8() ?? otherwise;

    /// <summary>Returns a list attribute of integers; null if it is not set.</summary>
    public IReadOnlyList<long>? Integers(string name) => Find(name, AttributeProto.Types.AttributeType.Ints)?.Ints;

    /// <summary>Creates the exception that refuses this node; the message names its operator and output.</summary>
    public InvalidModelException Refuse(string message) => new(Role, $"{Operator} '{Output}': {message}");

    private AttributeProto? Find(string name, AttributeProto.Types.AttributeType type)
    {
        if (!_attributes.TryGetValue(name, out AttributeProto? attribute))
            return null;
        return attribute.Type == type ? attribute : throw Refuse($"attribute '{name}' has type {attribute.Type}; it must be {type}.");
    }
}
