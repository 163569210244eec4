using System.Collections.Concurrent;
using Codec.Errors;
using Codec.Models;
using Codec.Onnx;
using Codec.Server.Options;
using Codec.Server.Stores;
using Codec.Server.Telemetry;
using Microsoft.Extensions.Options;

namespace Codec.Server.Models;

/// <summary>Resolves references to versions, and loads the versions.</summary>
internal sealed class ModelHost(
    IModelRegistry registry,
    IBlobStore blobs,
    ServerMeter meter,
    IOptions<ModelOptions> options,
    TimeProvider time,
    ILogger<ModelHost> logger
) : IDisposable
{
    private readonly VersionResolver _resolver = new(registry);
    private readonly ModelPool _pool = new(options.Value.MaxLoaded, time);
    private readonly Lock _lock = new();

    // Model → its live alias as far as this is known.
    private readonly Dictionary<string, AliasRecord> _live = [];

    // Versions whose last loading found their stored bytes damaged or missing.
    private readonly ConcurrentDictionary<Digest, DamagedVersion> _damaged = new();

    // Versions whose last loading failed for another reason, and which.
    private readonly ConcurrentDictionary<Digest, string> _failed = new();

    /// <summary>Number of versions that are loaded or being loaded.</summary>
    public int Loaded => _pool.Count;

    /// <summary>Number of versions that were unloaded so far.</summary>
    public long Unloads => _pool.Unloads;

    /// <summary>The versions that cannot be loaded because their stored bytes are damaged or missing.</summary>
    public IReadOnlyCollection<DamagedVersion> Damaged => [.. _damaged.Values];

    /// <summary>The alias `live` of every model that has one.</summary>
    public IReadOnlyList<AliasRecord> Live
    {
        get
        {
            lock (_lock)
                return [.. _live.Values.Where(alias => alias.Targets.Items.Count > 0)];
        }
    }

    /// <summary>Returns why the last loading of a version failed; null if it is loaded or was not tried.</summary>
    public string? FindProblem(Digest version) => _damaged.GetValueOrDefault(version)?.Problem ?? _failed.GetValueOrDefault(version);

    /// <summary>Uses the version that a reference names now, without loading it.</summary>
    /// <inheritdoc cref="VersionResolver.UseAsync"/>
    public Task<T> UseAsync<T>(
        string reference,
        Func<AliasRecord, Digest> choose,
        Func<VersionRecord, Task<T>> use,
        CancellationToken cancellationToken
    ) => _resolver.UseAsync(reference, choose, use, cancellationToken);

    /// <summary>Returns the version that a reference names now, loaded.</summary>
    /// <param name="reference">The reference.</param>
    /// <param name="choose">Chooses a version of an alias; see <see cref="VersionChoice"/>.</param>
    /// <param name="wait">How long to wait for a place in the pool.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>A lease, owned by the caller.</returns>
    /// <exception cref="RequestException">
    /// As <see cref="UseAsync"/>; ResourceExhausted: leases hold every place of the pool.
    /// </exception>
    public Task<ModelLease> AcquireAsync(
        string reference,
        Func<AliasRecord, Digest> choose,
        TimeSpan wait,
        CancellationToken cancellationToken
    ) => UseAsync(reference, choose, version => AcquireAsync(version.Digest, wait, cancellationToken), cancellationToken);

    /// <summary>Returns the version that a reference names now, which cannot be deleted until the claim is disposed.</summary>
    /// <exception cref="RequestException">As <see cref="UseAsync"/>.</exception>
    public Task<ModelClaim> ClaimAsync(string reference, Func<AliasRecord, Digest> choose, CancellationToken cancellationToken) =>
        UseAsync(reference, choose, version => ClaimAsync(version.Digest, cancellationToken), cancellationToken);

    /// <summary>
    /// Returns a version, loaded. A stream asks for each piece of work, so that a silent stream does not keep its version's place.
    /// </summary>
    /// <inheritdoc cref="AcquireAsync(string, Func{AliasRecord, Digest}, TimeSpan, CancellationToken)"/>
    /// <exception cref="RequestException">NotFound: it was deleted. ResourceExhausted: leases hold every place of the pool.</exception>
    public async Task<ModelLease> AcquireAsync(Digest version, TimeSpan wait, CancellationToken cancellationToken)
    {
        bool isHit = true;
        ModelLease lease = await _pool.AcquireAsync(
            version,
            async () =>
            {
                isHit = false;
                return await LoadAsync(
                    await registry.FindVersionAsync(version, CancellationToken.None)
                        ?? throw RequestException.NotFound("version", version.Hex)
                );
            },
            wait,
            cancellationToken
        );
        meter.Used(isHit);
        return lease;
    }

    /// <summary>Records a move of an alias: live versions have places of their own in the pool.</summary>
    public void Follow(AliasRecord alias)
    {
        if (alias.Name != ModelReference.LiveAlias)
            return;

        lock (_lock)
        {
            AliasRecord? known = _live.GetValueOrDefault(alias.Model);
            if (known?.Revision >= alias.Revision)
                return;

            _live[alias.Model] = alias;
            foreach (AliasTarget before in known?.Targets.Items ?? [])
                _pool.SetLive(before.Version, isLive: false);

            foreach (AliasTarget now in alias.Targets.Items)
                _pool.SetLive(now.Version, isLive: true);
        }
    }

    /// <summary>
    /// Takes ownership of a model that was just published, so that its first use need not load it; disposes it if the pool has no place for
    /// it.
    /// </summary>
    public async Task AdoptAsync(CodecModel model)
    {
        try
        {
            using ModelLease lease = await _pool.AcquireAsync(
                model.Version,
                () => Task.FromResult(model),
                TimeSpan.Zero,
                CancellationToken.None
            );
            if (lease.Model != model)
                model.Dispose();
        }
        catch (RequestException)
        {
            model.Dispose();
        }
    }

    /// <summary>Unloads a version that is to be deleted and refuses it until the returned object is disposed.</summary>
    /// <exception cref="RequestException">FailedPrecondition: a call uses it.</exception>
    public IDisposable Bar(Digest version) => _pool.Bar(version);

    /// <summary>As <see cref="Bar"/>, but refuses it first, and then waits until the work on it has ended.</summary>
    /// <exception cref="RequestException">FailedPrecondition: it is still used after this time.</exception>
    public Task<IDisposable> DrainAsync(Digest version, TimeSpan wait, CancellationToken cancellationToken) =>
        _pool.DrainAsync(version, wait, cancellationToken);

    /// <summary>
    /// Forgets the damage of versions that were deleted, or whose blobs were uploaded again, and loads those again that failed otherwise.
    /// </summary>
    public async Task RecheckAsync(CancellationToken cancellationToken)
    {
        foreach (DamagedVersion damaged in _damaged.Values)
        {
            if (await IsRepairedAsync(damaged.Version, cancellationToken) && _damaged.TryRemove(damaged.Version, out _))
                ServerLog.ModelRepaired(logger, damaged.Model, damaged.Version.Hex);
        }

        foreach (Digest failed in _failed.Keys)
        {
            try
            {
                using ModelLease lease = await AcquireAsync(failed, TimeSpan.Zero, cancellationToken);
            }
            catch (RequestException exception) when (exception.Error == RequestError.NotFound)
            {
                _failed.TryRemove(failed, out _);
            }
            catch (Exception exception) when (RequestRefusal.Of(exception) is not null)
            {
                // It still fails, or there is no place now.
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _pool.Dispose();

    private async Task<ModelClaim> ClaimAsync(Digest version, CancellationToken cancellationToken)
    {
        ModelClaim claim = _pool.Claim(version);

        // It may have been deleted before the claim; from now on it is not, unless by force.
        if (await registry.FindVersionAsync(version, cancellationToken) is not null)
            return claim;

        claim.Dispose();
        throw RequestException.NotFound("version", version.Hex);
    }

    private async Task<bool> IsRepairedAsync(Digest version, CancellationToken cancellationToken)
    {
        if (await registry.FindVersionAsync(version, cancellationToken) is null)
            return true;

        byte[] manifest = await registry.ReadManifestAsync(version, cancellationToken);
        if (Digest.Of(manifest) != version)
            return false;

        foreach (BlobEntry blob in ModelManifest.Parse(manifest).Blobs)
        {
            if (!(await blobs.QueryAsync(blob, cancellationToken)).Complete)
                return false;
        }

        return true;
    }

    private async Task<CodecModel> LoadAsync(VersionRecord version)
    {
        long began = meter.Now;
        bool isLoaded = false;
        try
        {
            byte[] manifest = await registry.ReadManifestAsync(version.Digest, CancellationToken.None);
            ModelPackage package = await PackageReader.ReadAsync(blobs, manifest, CancellationToken.None);
            CodecModel model = await Task.Run(() => CodecModel.Load(package, OnnxNetworkRuntime.Instance));
            _damaged.TryRemove(version.Digest, out _);
            _failed.TryRemove(version.Digest, out _);
            isLoaded = true;
            ServerLog.ModelLoaded(logger, model.Manifest.Name, version.Digest.Hex);
            return model;
        }
        catch (Exception exception)
            when (exception is InvalidModelException or RequestException { Error: RequestError.NotFound or RequestError.DataLoss })
        {
            // The version was complete and valid when it was published, so the stored bytes have changed since.
            string problem = await DescribeDamageAsync(version.Digest) ?? exception.Message;
            _damaged[version.Digest] = new DamagedVersion(version.Model, version.Digest, problem);
            throw new RequestException(
                RequestError.DataLoss,
                "STORED_MODEL_DAMAGED",
                $"The stored version {version.Digest} of {version.Model} is damaged: {problem} Publish it again to repair it.",
                exception
            );
        }
        catch (Exception exception)
        {
            _failed[version.Digest] = exception.Message;
            throw;
        }
        finally
        {
            meter.Loaded(began, isLoaded);
        }
    }

    /// <summary>Reads the blobs of a version again and names the first one that is damaged or missing; null where all are intact.</summary>
    /// <remarks>From then on the store answers that it lacks these blobs, so that they can be uploaded again.</remarks>
    private async Task<string?> DescribeDamageAsync(Digest version)
    {
        try
        {
            string? problem = null;
            byte[] manifest = await registry.ReadManifestAsync(version, CancellationToken.None);
            foreach (BlobEntry blob in ModelManifest.Parse(manifest).Blobs)
            {
                if (!await blobs.VerifyAsync(blob.Digest, CancellationToken.None))
                    problem ??= $"the blob {blob.Digest} of {blob.Size} bytes is damaged or missing.";
            }

            return problem;
        }
        catch (Exception exception) when (exception is InvalidModelException or RequestException)
        {
            return null;
        }
    }
}
