namespace Codec.Server.Models;

/// <summary>Grants the use of a loaded model: while a lease is held, the model stays loaded and its version cannot be deleted.</summary>
internal sealed class ModelLease : IDisposable
{
    private readonly ModelPool _pool;
    private readonly ModelPool.Entry _entry;
    private bool _released;

    /// <summary>Wraps a use that the pool has already counted.</summary>
    internal ModelLease(ModelPool pool, ModelPool.Entry entry, CodecModel model)
    {
        _pool = pool;
        _entry = entry;
        Model = model;
    }

    /// <summary>The model.</summary>
    public CodecModel Model { get; }

    /// <summary>Returns a further lease on the same model, owned by the caller.</summary>
    public ModelLease Share()
    {
        _pool.Enter(_entry);
        return new ModelLease(_pool, _entry, Model);
    }

    /// <summary>Refuses a quality that the model does not have.</summary>
    /// <exception cref="RequestException">InvalidArgument.</exception>
    public void RequireQuality(string field, int quality)
    {
        int last = Model.Manifest.Qualities.Count - 1;
        if (quality < 0 || quality > last)
            throw RequestException.Invalid(field, $"{quality} is out of range; {Model.Manifest.Name} has 0 to {last}.");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!Interlocked.Exchange(ref _released, true))
            _pool.Leave(_entry);
    }
}
