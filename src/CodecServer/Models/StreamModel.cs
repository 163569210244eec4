using Codec.Models;
using Codec.Server.Stores;

namespace Codec.Server.Models;

/// <summary>
/// The model of a stream: the version that its next item uses. It claims the version, and leases it for each item; see
/// <see cref="ModelClaim"/>.
/// </summary>
/// <param name="host">Loads versions.</param>
/// <param name="choose">Chooses a version of an alias; see <see cref="VersionChoice"/>.</param>
internal sealed class StreamModel(ModelHost host, Func<AliasRecord, Digest> choose) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1);
    private string _reference = "";
    private ModelClaim? _claim;

    /// <summary>The version of the next item; null before the first reference.</summary>
    public Digest? Version => _claim?.Version;

    /// <summary>Chooses the version that a reference names now.</summary>
    /// <exception cref="RequestException">As ModelHost.ClaimAsync.</exception>
    public async Task NameAsync(string reference, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            // A version that is named again stays claimed: the SDK names it with each item, and the registry need not be asked each time.
            if (reference != _reference || !NamesVersion(reference))
                await ClaimAsync(reference, cancellationToken);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Returns a version for one item, loaded. Waits for a place.</summary>
    /// <param name="version">The version when the item arrived.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>A lease, owned by the caller.</returns>
    /// <exception cref="RequestException">NotFound: the version was deleted.</exception>
    public Task<ModelLease> AcquireAsync(Digest version, CancellationToken cancellationToken) =>
        host.AcquireAsync(version, Timeout.InfiniteTimeSpan, cancellationToken);

    /// <summary>
    /// As <see cref="AcquireAsync"/>; if the version was deleted, the stream moves to the version that its reference names now. For items
    /// that any version serves: images, not codes.
    /// </summary>
    /// <exception cref="RequestException">NotFound: the reference names the deleted version itself, or its alias is gone.</exception>
    public async Task<ModelLease> AcquireOrMoveAsync(Digest version, CancellationToken cancellationToken)
    {
        try
        {
            return await AcquireAsync(version, cancellationToken);
        }
        catch (RequestException exception) when (exception.Error == RequestError.NotFound)
        {
            return await AcquireAsync(await MoveAsync(version, cancellationToken), cancellationToken);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _claim?.Dispose();
        _turn.Dispose();
    }

    private static bool NamesVersion(string reference) =>
        ModelReference.TryParse(reference, out ModelReference? parsed) && parsed.Version is not null;

    private async Task<Digest> MoveAsync(Digest deleted, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            // Items of a stream are in work together: the first one moves the stream.
            if (_claim!.Version == deleted)
                await ClaimAsync(_reference, cancellationToken);

            return _claim.Version;
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task ClaimAsync(string reference, CancellationToken cancellationToken)
    {
        ModelClaim claim = await host.ClaimAsync(reference, choose, cancellationToken);
        _claim?.Dispose();
        (_claim, _reference) = (claim, reference);
    }
}
