using System.Text.Json.Serialization;
using Codec.Tool.Offline;

namespace Codec.Tool.Output;

/// <summary>How results become JSON. The names of fields are those of the records, in camel case; they do not change.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(EncodedFile))]
[JsonSerializable(typeof(DecodedFile))]
[JsonSerializable(typeof(Inspection))]
internal sealed partial class RowTypes : JsonSerializerContext;
