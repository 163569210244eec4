using Codec.Errors;
using Codec.Models;
using Codec.Server.Options;
using Codec.Server.Stores;
using Microsoft.Extensions.Options;

namespace Codec.Server.Models;

/// <summary>Resolves references to versions, and loads the versions.</summary>
internal sealed class ModelHost(IModelRegistry registry, IBlobStore blobs, IOptions<ModelOptions> options, ILogger<ModelHost> logger)
    : IDisposable
{
    /// <summary>Maximum number of characters of a reference that a message repeats; every valid reference fits.</summary>
    private const int MaxShown = 160;

    private readonly ModelPool _pool = new(options.Value.MaxLoaded);

    /// <summary>Returns the version that a reference names now.</summary>
    /// <exception cref="RequestException">
    /// InvalidArgument: it is not a model reference. NotFound: there is no such alias or version.
    /// </exception>
    public async Task<VersionRecord> ResolveAsync(string reference, CancellationToken cancellationToken)
    {
        ModelReference parsed = ModelReference.TryParse(reference, out ModelReference? valid) ? valid : throw InvalidReference(reference);
        Digest? digest = parsed.Version ?? (await registry.FindAliasAsync(parsed.Name, parsed.Alias!, cancellationToken))?.Digest;
        VersionRecord? version = digest is { } found ? await registry.FindVersionAsync(found, cancellationToken) : null;
        return version?.Model == parsed.Name ? version : throw RequestException.NotFound("model", parsed.ToString());
    }

    /// <summary>Returns the version that a reference names now, loaded.</summary>
    /// <returns>A lease, owned by the caller.</returns>
    /// <exception cref="RequestException">
    /// As <see cref="ResolveAsync"/>; ResourceExhausted: leases hold every place of the pool.
    /// </exception>
    public async Task<ModelLease> AcquireAsync(string reference, CancellationToken cancellationToken)
    {
        VersionRecord version = await ResolveAsync(reference, cancellationToken);
        return await _pool.AcquireAsync(version.Digest, () => LoadAsync(version.Digest), cancellationToken);
    }

    /// <summary>
    /// Takes ownership of a model that was just published, so that its first use need not load it; disposes it if the pool has no place for
    /// it.
    /// </summary>
    public async Task AdoptAsync(CodecModel model)
    {
        try
        {
            using ModelLease lease = await _pool.AcquireAsync(model.Version, () => Task.FromResult(model), CancellationToken.None);
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

    /// <inheritdoc/>
    public void Dispose() => _pool.Dispose();

    private static RequestException InvalidReference(string text)
    {
        string shown = text.Length > MaxShown ? text[..MaxShown] + "…" : text;
        return RequestException.Invalid(
            "model",
            $"'{shown}' is not a model reference; write NAME, NAME@ALIAS or NAME@sha256:DIGEST with names of 1 to 64 of a-z, 0-9, '-', '.'."
        );
    }

    private async Task<CodecModel> LoadAsync(Digest version)
    {
        try
        {
            byte[] manifest = await registry.ReadManifestAsync(version, CancellationToken.None);
            ModelPackage package = await PackageReader.ReadAsync(blobs, manifest, CancellationToken.None);
            CodecModel model = await Task.Run(() => CodecModel.Load(package));
            ServerLog.ModelLoaded(logger, model.Manifest.Name, version.Hex);
            return model;
        }
        catch (InvalidModelException exception)
        {
            // The version was complete and valid when it was published, so the stored bytes have changed since.
            throw new RequestException(
                RequestError.DataLoss,
                "STORED_MODEL_DAMAGED",
                $"The stored version {version} is damaged: {exception.Message}",
                exception
            );
        }
    }
}
