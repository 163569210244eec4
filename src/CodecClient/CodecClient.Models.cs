using System.Runtime.CompilerServices;
using Codec.Client.Models;
using Codec.Models;
using Google.Protobuf;

namespace Codec.Client;

public sealed partial class CodecClient
{
    /// <summary>Uploads the blobs that the server lacks, from where it has them, and publishes the manifest as a version.</summary>
    /// <param name="package">The model; a blob that the server has already may be missing from it.</param>
    /// <param name="progress">Told of the bytes that the server has; null tells nobody.</param>
    /// <param name="cancellationToken">Stops; what was uploaded stays, and the next upload goes on from there.</param>
    /// <returns>The version; the same where it had been published before. No alias points to it yet: <see cref="SetAliasAsync"/>.</returns>
    /// <exception cref="InvalidRequestException">
    /// The server refuses the manifest or a blob, or lacks a blob that is not in the package.
    /// </exception>
    /// <exception cref="CodecException">The call failed.</exception>
    public async Task<VersionInfo> UploadModelAsync(
        ModelPackage package,
        IProgress<UploadProgress>? progress = null,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(package);
        long total = package.Manifest.Blobs.Sum(blob => blob.Size);
        long before = 0;
        foreach (BlobEntry blob in package.Manifest.Blobs)
        {
            // Not "? found : null": null would become an empty memory, by way of an array.
            ReadOnlyMemory<byte>? bytes = package.Blobs.TryGetValue(blob.Digest, out ReadOnlyMemory<byte> found)
                ? found
                : new ReadOnlyMemory<byte>?();
            await _transfer
                .UploadAsync(blob, bytes, sent => progress?.Report(new UploadProgress(before + sent, total)), cancellationToken)
                .ConfigureAwait(false);
            before += blob.Size;
        }

        // The same bytes published twice are one version, so an answer that was lost does no harm.
        V1.PublishVersionResponse response = await _connection
            .CallAsync(
                $"publish {package.Manifest.Name}",
                options =>
                    _connection.Models.PublishVersionAsync(
                        new V1.PublishVersionRequest
                        {
                            Manifest = UnsafeByteOperations.UnsafeWrap(package.ManifestBytes),
                            Publisher = Options.Identity,
                        },
                        options
                    ),
                cancellationToken: cancellationToken
            )
            .ConfigureAwait(false);
        return response.Version.ToVersionInfo();
    }

    /// <summary>Downloads a version's manifest and all its blobs, as far as they are not cached.</summary>
    /// <param name="model">A model reference: <c>faces-32</c>, <c>faces-32@canary</c> or <c>faces-32@sha256:…</c>.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="CodecException">The call failed.</exception>
    public Task<ModelPackage> DownloadModelAsync(string model, CancellationToken cancellationToken = default) =>
        _models.GetPackageAsync(model, cancellationToken);

    /// <summary>Loads a version here, to decode and, if asked, to encode; its parts are fetched once and cached.</summary>
    /// <param name="model">A model reference. One that names its version needs no server once it is cached.</param>
    /// <param name="withEncoder">Whether to fetch the encoder too, which is often larger than the decoder.</param>
    /// <param name="head">The decoder to fetch.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The model, shared with all who ask for it: use it for as long as you like, and never dispose of it.</returns>
    /// <exception cref="NotFoundException">There is no such model, version or head.</exception>
    /// <exception cref="CorruptDataException">The server sent parts that are not what they should be.</exception>
    /// <exception cref="UnsupportedModelException">
    /// The head, or the encoder where asked, is a network, which this platform cannot run.
    /// </exception>
    /// <exception cref="CodecException">The call failed.</exception>
    public Task<CodecModel> GetLocalModelAsync(
        string model,
        bool withEncoder = false,
        string head = ModelManifest.ImageHead,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentException.ThrowIfNullOrEmpty(head);
        return _models.LoadAsync(model, head, withEncoder, cancellationToken);
    }

    /// <summary>Lists the models, by name.</summary>
    /// <exception cref="CodecException">The call failed.</exception>
    public async Task<IReadOnlyList<ModelInfo>> ListModelsAsync(CancellationToken cancellationToken = default)
    {
        V1.ListModelsResponse response = await _connection
            .CallAsync(
                "list the models",
                options => _connection.Models.ListModelsAsync(new V1.ListModelsRequest(), options),
                cancellationToken: cancellationToken
            )
            .ConfigureAwait(false);
        return [.. response.Models.Select(ModelMessages.ToModelInfo)];
    }

    /// <summary>Lists the versions of a model, newest first.</summary>
    /// <exception cref="CodecException">The call failed.</exception>
    public async Task<IReadOnlyList<VersionInfo>> ListVersionsAsync(string model, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(model);
        V1.ListVersionsResponse response = await _connection
            .CallAsync(
                $"list the versions of {model}",
                options => _connection.Models.ListVersionsAsync(new V1.ListVersionsRequest { Model = model }, options),
                cancellationToken: cancellationToken
            )
            .ConfigureAwait(false);
        return [.. response.Versions.Select(ModelMessages.ToVersionInfo)];
    }

    /// <summary>Deletes a version.</summary>
    /// <exception cref="InvalidRequestException">An alias points to it, or a channel holds a code of it.</exception>
    /// <exception cref="CodecException">The call failed.</exception>
    public Task DeleteVersionAsync(string model, Digest version, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(model);
        return _connection.CallAsync(
            $"delete {new ModelReference(model, version)}",
            options => _connection.Models.DeleteVersionAsync(new V1.DeleteVersionRequest { Model = model, Digest = version.Hex }, options),
            repeatable: false,
            cancellationToken
        );
    }

    /// <summary>
    /// Tells of the changes of one model or of all, after one event for each alias as it stands. Waits for a server that is not there yet,
    /// and is restored when the connection is lost.
    /// </summary>
    /// <param name="model">The model's name; null watches all.</param>
    /// <param name="cancellationToken">Ends the watch, with <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="CodecException">The call failed for good.</exception>
    public async IAsyncEnumerable<ModelEvent> WatchModelsAsync(
        string? model = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default
    )
    {
        var watch = new ModelWatch(_connection, model ?? "");
        await foreach (ModelEvent change in watch.ReadAsync(cancellationToken).ConfigureAwait(false))
            yield return change;
    }
}
