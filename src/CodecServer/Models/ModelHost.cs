using Codec.Errors;
using Codec.Models;
using Codec.Server.Options;
using Codec.Server.Stores;
using Microsoft.Extensions.Options;

namespace Codec.Server.Models;

/// <summary>From references to loaded models.</summary>
internal sealed class ModelHost(IModelRegistry registry, IBlobStore blobs, IOptions<ModelOptions> options, ILogger<ModelHost> logger)
    : IDisposable
{
    /// <summary>Longest text that a message repeats: every valid reference fits.</summary>
    private const int MaxShown = 160;

    private readonly LoadedModels _loaded = new(options.Value.MaxLoaded);

    /// <summary>Resolves a reference to the version that it names now.</summary>
    /// <exception cref="RequestException">InvalidArgument: it is no reference. NotFound: there is no such alias or version.</exception>
    public async Task<VersionRecord> ResolveAsync(string reference, CancellationToken cancellationToken)
    {
        ModelReference parsed = ModelReference.TryParse(reference, out ModelReference? valid) ? valid : throw NoReference(reference);
        Digest? digest = parsed.Version ?? (await registry.FindAliasAsync(parsed.Name, parsed.Alias!, cancellationToken))?.Digest;
        VersionRecord? version = digest is { } found ? await registry.FindVersionAsync(found, cancellationToken) : null;
        return version?.Model == parsed.Name ? version : throw RequestException.NotFound("model", parsed.ToString());
    }

    /// <summary>Resolves a reference, and loads its version where it is not loaded.</summary>
    /// <returns>A lease, owned by the caller.</returns>
    /// <exception cref="RequestException">As <see cref="ResolveAsync"/>; ResourceExhausted: models in use take all places.</exception>
    public async Task<ModelLease> AcquireAsync(string reference, CancellationToken cancellationToken)
    {
        VersionRecord version = await ResolveAsync(reference, cancellationToken);
        return await _loaded.AcquireAsync(version.Digest, () => LoadAsync(version.Digest), cancellationToken);
    }

    /// <summary>
    /// Keeps a model that was just published, which spares its first user the loading; disposes of it where there is no place.
    /// </summary>
    public async Task AdoptAsync(CodecModel model)
    {
        try
        {
            using ModelLease lease = await _loaded.AcquireAsync(model.Version, () => Task.FromResult(model), CancellationToken.None);
            if (lease.Model != model)
            {
                model.Dispose();
            }
        }
        catch (RequestException)
        {
            model.Dispose();
        }
    }

    /// <summary>Forbids a version's use until what is returned is disposed: for its deletion.</summary>
    /// <exception cref="RequestException">FailedPrecondition: it is in use.</exception>
    public IDisposable Bar(Digest version) => _loaded.Bar(version);

    /// <inheritdoc/>
    public void Dispose() => _loaded.Dispose();

    private static RequestException NoReference(string text)
    {
        string shown = text.Length > MaxShown ? text[..MaxShown] + "…" : text;
        return RequestException.Invalid(
            "model",
            $"'{shown}' is no model reference; write NAME, NAME@ALIAS or NAME@sha256:DIGEST with names of 1 to 64 of a-z, 0-9, '-', '.'."
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
            // It was whole and right when it was published.
            throw new RequestException(
                RequestError.DataLoss,
                "STORED_MODEL_DAMAGED",
                $"The version {version} is damaged on disk: {exception.Message}",
                exception
            );
        }
    }
}
