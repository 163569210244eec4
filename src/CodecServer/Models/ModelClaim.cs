using Codec.Models;

namespace Codec.Server.Models;

/// <summary>
/// A stream's choice of a version: while a claim is held, the version is deleted only by force. It need not be loaded; each piece of work
/// takes a <see cref="ModelLease"/> for that.
/// </summary>
internal sealed class ModelClaim(Digest version, Action release) : IDisposable
{
    private bool _released;

    /// <summary>The version.</summary>
    public Digest Version => version;

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!Interlocked.Exchange(ref _released, true))
            release();
    }
}
