using Codec.Client.Cache;
using Codec.Client.Transport;
using Codec.Errors;
using Codec.Models;

namespace Codec.Client.Models;

/// <summary>
/// Provides models: each blob is downloaded once by digest and cached on disk, and each model is loaded once for all callers.
/// </summary>
internal sealed class ModelSource
{
    /// <summary>Most versions of an alias that one call begins to download: moves and deletions without end must not keep it.</summary>
    private const int MaxTries = 8;

    private readonly ServiceConnection _connection;
    private readonly BlobTransfer _transfer;
    private readonly BlobCache _cache;
    private readonly LoadedModels _loaded;
    private readonly SingleFlight<Digest, ReadOnlyMemory<byte>> _downloads;
    private readonly SingleFlight<ModelParts, CodecModel> _loads;

    public ModelSource(ServiceConnection connection, BlobTransfer transfer)
    {
        CodecClientOptions options = connection.Options;
        _connection = connection;
        _transfer = transfer;
        _cache = new BlobCache(options.CacheDirectory, options.CacheBytes, connection.Time, connection.Log);
        _loaded = new LoadedModels(options.LoadedModels);
        _downloads = new SingleFlight<Digest, ReadOnlyMemory<byte>>(connection.Closed);
        _loads = new SingleFlight<ModelParts, CodecModel>(connection.Closed);
    }

    private ModelSource(ModelSource original, ServiceConnection connection, BlobTransfer transfer)
    {
        (_connection, _transfer) = (connection, transfer);
        (_cache, _loaded, _downloads, _loads) = (original._cache, original._loaded, original._downloads, original._loads);
    }

    /// <summary>Returns a source that calls through another connection and shares the cache and the loaded models.</summary>
    public ModelSource With(ServiceConnection connection, BlobTransfer transfer) => new(this, connection, transfer);

    /// <summary>
    /// Resolves a reference and returns the version's manifest, verified. A reference that names its version may be served by the cache.
    /// </summary>
    public async Task<ModelPackage> GetManifestAsync(string reference, CancellationToken cancellationToken)
    {
        ModelReference parsed = ModelReference.Parse(reference);
        if (parsed.Version is { } version && await _cache.ReadAsync(version, cancellationToken).ConfigureAwait(false) is { } cached)
            return Check(parsed.Name, cached);

        V1.GetVersionResponse response = await _connection
            .CallAsync(
                $"get the version {reference}",
                options => _connection.Models.GetVersionAsync(new V1.GetVersionRequest { Model = reference }, options),
                cancellationToken: cancellationToken
            )
            .ConfigureAwait(false);
        Digest named = response.Version.ToVersionInfo().Digest;
        ModelPackage manifest = Check(parsed.Name, response.Manifest.Memory);
        if (manifest.Version != named || manifest.Version != (parsed.Version ?? named))
        {
            throw new CorruptDataException(
                $"The server sent a manifest with the digest {manifest.Version} for {new ModelReference(parsed.Name, parsed.Version ?? named)}; it is dropped."
            );
        }

        await _cache.WriteAsync(named, manifest.ManifestBytes, cancellationToken).ConfigureAwait(false);
        return manifest;
    }

    /// <summary>Loads a model with one head and optionally the encoder.</summary>
    public async Task<CodecModel> LoadAsync(string reference, string head, bool withEncoder, CancellationToken cancellationToken)
    {
        if (
            ModelReference.Parse(reference).Version is { } version
            && _loaded.Find(new ModelParts(version, head, withEncoder)) is { } pinned
        )
        {
            return pinned;
        }

        return await UseAsync(
                reference,
                async manifest =>
                {
                    var parts = new ModelParts(manifest.Version, head, withEncoder);
                    return _loaded.Find(parts)
                        ?? await _loads
                            .RunAsync(parts, token => LoadAsync(manifest, parts, token), cancellationToken)
                            .ConfigureAwait(false);
                },
                cancellationToken
            )
            .ConfigureAwait(false);
    }

    /// <summary>Gets a version's manifest and all its blobs.</summary>
    public Task<ModelPackage> GetPackageAsync(string reference, CancellationToken cancellationToken) =>
        UseAsync(reference, manifest => GetPackageAsync(manifest, manifest.Manifest.Blobs, cancellationToken), cancellationToken);

    /// <summary>
    /// Uses the version that a reference names now. An alias may move on, and the version that it named be deleted, before all blobs have
    /// come: the use then begins again with the version that the alias names next.
    /// </summary>
    private async Task<T> UseAsync<T>(string reference, Func<ModelPackage, Task<T>> use, CancellationToken cancellationToken)
    {
        ModelPackage manifest = await GetManifestAsync(reference, cancellationToken).ConfigureAwait(false);
        bool isPinned = ModelReference.Parse(reference).Version is not null;
        for (int tries = 1; ; tries++)
        {
            try
            {
                return await use(manifest).ConfigureAwait(false);
            }
            catch (NotFoundException) when (!isPinned && tries < MaxTries)
            {
                ModelPackage next = await GetManifestAsync(reference, cancellationToken).ConfigureAwait(false);
                if (next.Version == manifest.Version)
                    throw;

                manifest = next;
            }
        }
    }

    private static ModelPackage Check(string name, ReadOnlyMemory<byte> bytes)
    {
        try
        {
            var manifest = new ModelPackage(bytes, new Dictionary<Digest, ReadOnlyMemory<byte>>());
            return manifest.Manifest.Name == name
                ? manifest
                : throw new CorruptDataException(
                    $"The manifest {manifest.Version} is of the model '{manifest.Manifest.Name}', not of '{name}'."
                );
        }
        catch (InvalidModelException exception)
        {
            throw new CorruptDataException($"The manifest of '{name}' cannot be used: {exception.Message}", exception);
        }
    }

    private async Task<CodecModel> LoadAsync(ModelPackage manifest, ModelParts parts, CancellationToken cancellationToken)
    {
        // Another call may have loaded the model between the caller's check and this one.
        if (_loaded.Find(parts) is { } loaded)
            return loaded;
        if (manifest.Manifest.Heads.All(entry => entry.Name != parts.Head))
        {
            throw new NotFoundException(
                $"{manifest.Manifest.Name} has no head '{parts.Head}'; it has: {string.Join(", ", manifest.Manifest.Heads.Select(entry => entry.Name))}."
            );
        }

        IEnumerable<BlobEntry> needed = manifest.Manifest.DecoderBlobs(parts.Head);
        if (parts.Encoder)
            needed = needed.Append(manifest.Manifest.Encoder);
        ModelPackage package = await GetPackageAsync(manifest, needed.Distinct(), cancellationToken).ConfigureAwait(false);
        try
        {
            CodecModel model = Load(package, parts.Encoder);
            _loaded.Add(parts, model);
            ClientLog.Loaded(_connection.Log, manifest.Manifest.Name, manifest.Version);
            return model;
        }
        catch (InvalidModelException exception)
        {
            throw new CorruptDataException(
                $"{new ModelReference(manifest.Manifest.Name, manifest.Version)} cannot be used: {exception.Message}",
                exception
            );
        }
        catch (RuntimeUnavailableException exception)
        {
            throw new UnsupportedModelException(
                $"{new ModelReference(manifest.Manifest.Name, manifest.Version)} cannot be used here: {exception.Message}",
                exception
            );
        }
    }

    private CodecModel Load(ModelPackage package, bool withEncoder)
    {
        CodecModel model = CodecModel.Load(package, _connection.Options.Networks);
        try
        {
            // A model whose encoder cannot run on this platform still loads for decoding; this caller needs the encoder.
            if (withEncoder)
                model.CheckEncoder();
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    private async Task<ModelPackage> GetPackageAsync(
        ModelPackage manifest,
        IEnumerable<BlobEntry> needed,
        CancellationToken cancellationToken
    )
    {
        var blobs = new Dictionary<Digest, ReadOnlyMemory<byte>>();
        foreach (BlobEntry blob in needed)
            blobs.Add(blob.Digest, await GetBlobAsync(blob, cancellationToken).ConfigureAwait(false));
        try
        {
            return new ModelPackage(manifest.ManifestBytes, blobs);
        }
        catch (InvalidModelException exception)
        {
            throw new CorruptDataException(
                $"A blob of '{manifest.Manifest.Name}' is not what its manifest lists: {exception.Message}",
                exception
            );
        }
    }

    private Task<ReadOnlyMemory<byte>> GetBlobAsync(BlobEntry blob, CancellationToken cancellationToken) =>
        _downloads.RunAsync(
            blob.Digest,
            async token =>
            {
                if (await _cache.ReadAsync(blob.Digest, token).ConfigureAwait(false) is { } cached)
                    return cached;
                byte[] bytes = await _transfer.DownloadAsync(blob, token).ConfigureAwait(false);
                await _cache.WriteAsync(blob.Digest, bytes, token).ConfigureAwait(false);
                return bytes;
            },
            cancellationToken
        );
}
