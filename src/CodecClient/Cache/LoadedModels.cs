using Codec.Models;

namespace Codec.Client.Cache;

/// <summary>Keeps the most recently used models in memory. Thread-safe.</summary>
/// <remarks>
/// An evicted model is not disposed, because a caller may still use it; the garbage collector frees it when no caller holds it.
/// </remarks>
internal sealed class LoadedModels(int capacity)
{
    private readonly Lock _lock = new();
    private readonly LinkedList<(ModelParts Parts, CodecModel Model)> _models = new();

    /// <summary>Finds a model that has at least these parts; null if there is none.</summary>
    public CodecModel? Find(ModelParts wanted)
    {
        lock (_lock)
        {
            for (LinkedListNode<(ModelParts Parts, CodecModel Model)>? node = _models.First; node is not null; node = node.Next)
            {
                if (!node.Value.Parts.Include(wanted))
                    continue;
                _models.Remove(node);
                _models.AddFirst(node);
                return node.Value.Model;
            }
        }

        return null;
    }

    public void Add(ModelParts parts, CodecModel model)
    {
        lock (_lock)
        {
            _models.AddFirst((parts, model));
            if (_models.Count > capacity)
                _models.RemoveLast();
        }
    }
}

/// <summary>The loaded parts of a version: the prior, one head, and optionally the encoder.</summary>
internal readonly record struct ModelParts(Digest Version, string Head, bool Encoder)
{
    public bool Include(ModelParts wanted) => Version == wanted.Version && Head == wanted.Head && (Encoder || !wanted.Encoder);
}
