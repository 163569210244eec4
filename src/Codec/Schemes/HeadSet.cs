using Codec.Errors;
using Codec.Models;
using Codec.Onnx;

namespace Codec.Schemes;

/// <summary>The heads that a package holds, by name.</summary>
/// <typeparam name="THead">A loaded head; owned by the set.</typeparam>
internal sealed class HeadSet<THead> : IDisposable
    where THead : IDisposable
{
    private readonly string _model;
    private readonly Dictionary<string, THead> _heads = [];

    /// <summary>Loads every head whose graph is in the package.</summary>
    /// <param name="package">The package.</param>
    /// <param name="load">Loads one head from its checked graph.</param>
    /// <exception cref="InvalidModelException">A graph is malformed, or does not fit the manifest.</exception>
    public HeadSet(ModelPackage package, Func<OnnxGraph, HeadEntry, THead> load)
    {
        ModelManifest manifest = package.Manifest;
        _model = manifest.Name;
        try
        {
            foreach (HeadEntry head in manifest.Heads)
            {
                if (!package.Blobs.TryGetValue(head.Graph.Digest, out ReadOnlyMemory<byte> blob))
                    continue;
                var graph = OnnxGraph.Parse(blob, $"head {head.Name}", GraphSignature.Decoder(manifest.GraphLatents, head.Output));
                _heads.Add(head.Name, load(graph, head));
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Names of the heads.</summary>
    public IReadOnlyCollection<string> Names => _heads.Keys;

    /// <summary>Finds a head by name.</summary>
    /// <exception cref="ArgumentException">The package had no such head.</exception>
    public THead Get(string name) =>
        _heads.TryGetValue(name, out THead? head)
            ? head
            : throw new ArgumentException(
                $"{_model} was loaded without a head '{name}'; it has: {string.Join(", ", _heads.Keys)}.",
                nameof(name)
            );

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (THead head in _heads.Values)
            head.Dispose();
    }
}
