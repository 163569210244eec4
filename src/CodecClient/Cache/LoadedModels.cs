using Codec.Models;

namespace Codec.Client.Cache;

/// <summary>The models in memory, the last used first; safe for many threads.</summary>
/// <remarks>
/// One that leaves is not disposed of, for somebody may hold it; it goes when nobody does any more.
/// </remarks>
internal sealed class LoadedModels(int capacity)
{
    private readonly Lock _lock = new();
    private readonly LinkedList<(ModelParts Parts, CodecModel Model)> _models = new();

    /// <summary>A model that has these parts at least; null where there is none.</summary>
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

/// <summary>Which parts of a version: the prior always, one head, and perhaps the encoder.</summary>
internal readonly record struct ModelParts(Digest Version, string Head, bool Encoder)
{
    public bool Include(ModelParts wanted) => Version == wanted.Version && Head == wanted.Head && (Encoder || !wanted.Encoder);
}
