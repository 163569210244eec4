namespace Codec.Server.Models;

/// <summary>The right to use a loaded model: while one is held the model stays loaded, and its version cannot be deleted.</summary>
internal sealed class ModelLease : IDisposable
{
    private readonly LoadedModels _owner;
    private readonly LoadedModels.Entry _entry;
    private bool _released;

    /// <summary>A lease that its owner has counted already.</summary>
    internal ModelLease(LoadedModels owner, LoadedModels.Entry entry, CodecModel model)
    {
        _owner = owner;
        _entry = entry;
        Model = model;
    }

    /// <summary>The model.</summary>
    public CodecModel Model { get; }

    /// <summary>Another lease on the same model, owned by the caller.</summary>
    public ModelLease Share()
    {
        _owner.Enter(_entry);
        return new ModelLease(_owner, _entry, Model);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!Interlocked.Exchange(ref _released, true))
        {
            _owner.Leave(_entry);
        }
    }
}
