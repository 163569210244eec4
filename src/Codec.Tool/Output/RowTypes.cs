using System.Text.Json.Serialization;
using Codec.Tool.Channels;
using Codec.Tool.Comparing;
using Codec.Tool.Models;
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
[JsonSerializable(typeof(ComparedFormat))]
[JsonSerializable(typeof(ModelRow))]
[JsonSerializable(typeof(VersionRow))]
[JsonSerializable(typeof(AliasRow))]
[JsonSerializable(typeof(PulledModel))]
[JsonSerializable(typeof(DeletedModel))]
[JsonSerializable(typeof(ChannelRow))]
[JsonSerializable(typeof(CodeRow))]
[JsonSerializable(typeof(PublishedImage))]
[JsonSerializable(typeof(ConsumerRow))]
[JsonSerializable(typeof(DeletedConsumer))]
internal sealed partial class RowTypes : JsonSerializerContext;
