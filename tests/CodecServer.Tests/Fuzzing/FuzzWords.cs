using Codec.Frames;
using Codec.Models;
using Codec.Tests.Shared;
using Google.Protobuf;

namespace CodecServer.Tests.Fuzzing;

/// <summary>Values that a server with a model and a channel accepts, by the name of the field.</summary>
/// <param name="package">The model.</param>
/// <param name="channel">The channel.</param>
/// <param name="code">A code of the model.</param>
internal sealed class FuzzWords(ModelPackage package, string channel, byte[] code)
{
    private readonly string _model = package.Manifest.Name;

    private readonly ByteString[] _any =
    [
        ByteString.CopyFrom(code),
        ByteString.Empty,
        ByteString.CopyFrom([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52, 0x7F, 0xFF, 0xFF, 0xFF]),
        ByteString.CopyFrom([0xFF, 0xD8, 0xFF, 0xE0, 0, 16]),
    ];

    /// <summary>Texts of a field.</summary>
    public IReadOnlyList<string> TextsFor(string field) =>
        field switch
        {
            "model" => [_model, _model, $"{_model}@live", $"{_model}@sha256:{package.Version}"],
            "digest" or "version" => [package.Version.Hex, .. package.Blobs.Keys.Select(blob => blob.Hex)],
            "channel" => [channel],
            "name" => [channel, "live", "canary", "of-nobody"],
            "head" => ["", "image"],
            "consumer" => ["", "viewer"],
            "producer" => ["", "camera-1", "camera-2"],
            "page_token" => ["", "", "bW9kZWxzCnNtYWxs"],
            _ => ["anna", "key", channel, _model],
        };

    /// <summary>Bytes of a field.</summary>
    public IReadOnlyList<ByteString> BytesFor(string field) =>
        field switch
        {
            "manifest" => [ByteString.CopyFrom(package.ManifestBytes.Span)],
            "data" => [ByteString.CopyFrom(SmallModel.Image(1))],
            "frame" => [ByteString.CopyFrom(CodeFrame.Write(1, [code]))],
            "chunk" => [.. package.Blobs.Values.Select(blob => ByteString.CopyFrom(blob.Span))],
            _ => _any,
        };

    /// <summary>Numbers of a field.</summary>
    public IReadOnlyList<long> NumbersFor(string field) =>
        field switch
        {
            "width" or "height" => [SmallModel.Side],
            "channels" => [3],
            "quality" or "fit" => [0, 1],
            "size" => [.. package.Blobs.Values.Select(blob => (long)blob.Length)],
            "nanos" => [0],
            _ => [0, 0, 1, 2, 3],
        };
}
