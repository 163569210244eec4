using Codec.Frames;
using Google.Protobuf;

namespace Codec.Client.Channels;

/// <summary>Collects codes that will share a frame. Not thread-safe.</summary>
internal sealed class CodeBatch(int quality)
{
    /// <summary>
    /// Maximum number of bytes of codes and their info in a frame; a larger code travels alone. A larger frame would save nothing, and this
    /// is also the bound on a frame's keys or headers together.
    /// </summary>
    private const int MaxBytes = 256 << 10;

    private readonly List<ReadOnlyMemory<byte>> _codes = [];
    private readonly List<CodeInfo> _infos = [];
    private readonly List<Sent> _items = [];
    private int _bytes;

    public int Count => _codes.Count;

    public bool HasRoom(byte[] code, CodeInfo info) => _bytes + Size(code, info) <= MaxBytes;

    public void Add(byte[] code, CodeInfo info, Sent item)
    {
        _codes.Add(code);
        _infos.Add(info);
        _items.Add(item);
        _bytes += Size(code, info);
    }

    public void RemoveLast()
    {
        _bytes -= Size(_codes[^1], _infos[^1]);
        _codes.RemoveAt(_codes.Count - 1);
        _infos.RemoveAt(_infos.Count - 1);
        _items.RemoveAt(_items.Count - 1);
    }

    /// <summary>Packs the codes into a frame.</summary>
    public Publication ToPublication()
    {
        byte[] frame = CodeFrame.Write(quality, _codes, info: new FrameInfo(_infos));
        return new Publication(new V1.PublishRequest { Frame = UnsafeByteOperations.UnsafeWrap(frame) }, Count, [.. _items]);
    }

    /// <summary>
    /// Bytes that a code with its info adds to a frame, as an upper bound: a frame packs info more tightly, and stores equal keys and
    /// headers once.
    /// </summary>
    private static int Size(ReadOnlyMemory<byte> code, CodeInfo info) => code.Length + info.Bytes;
}
