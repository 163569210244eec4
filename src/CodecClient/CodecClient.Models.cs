using System.Runtime.CompilerServices;
using Codec.Client.Models;
using Codec.Client.Transport;
using Codec.Models;
using Google.Protobuf;

namespace Codec.Client;

public partial class CodecClient
{
    /// <summary>Uploads the blobs that the server lacks, resuming partial uploads, and publishes the manifest as a version.</summary>
    /// <param name="package">The model; blobs that the server already has may be missing from it.</param>
    /// <param name="progress">Receives the bytes that the server has; null reports nothing.</param>
    /// <param name="cancellationToken">Stops the upload; uploaded bytes are kept, and the next upload resumes after them.</param>
    /// <returns>
    /// The version; publishing the same manifest again returns the same one. Point an alias to it with <see cref="SetAliasAsync"/>.
    /// </returns>
    /// <exception cref="InvalidRequestException">
    /// The server refused the manifest or a blob, or lacks a blob that is not in the package.
    /// </exception>
    /// <exception cref="CodecException">The call failed.</exception>
    public virtual async Task<VersionInfo> UploadModelAsync(
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
            // Not "? found : null": null would convert to an empty memory through the conversion from an array.
            ReadOnlyMemory<byte>? bytes = package.Blobs.TryGetValue(blob.Digest, out ReadOnlyMemory<byte> found)
                ? found
                : new ReadOnlyMemory<byte>?();
            await Transfer
                .UploadAsync(blob, bytes, sent => progress?.Report(new UploadProgress(before + sent, total)), cancellationToken)
                .ConfigureAwait(false);
            before += blob.Size;
        }

        // Publishing the same bytes twice creates one version, so the call is repeatable.
        V1.PublishVersionResponse response = await Connection
            .CallAsync(
                $"publish {package.Manifest.Name}",
                options =>
                    Connection.Models.PublishVersionAsync(
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

    /// <summary>Downloads a version's manifest and all its blobs; cached ones are not downloaded again.</summary>
    /// <param name="model">A model reference: <c>faces-32</c>, <c>faces-32@canary</c> or <c>faces-32@sha256:…</c>.</param>
    /// <param name="cancellationToken">Stops the download.</param>
    /// <returns>The package; the digest of each blob is verified.</returns>
    /// <exception cref="ArgumentException">The model reference is invalid.</exception>
    /// <exception cref="NotFoundException">The model or version does not exist.</exception>
    /// <exception cref="CodecException">The call failed.</exception>
    public virtual Task<ModelPackage> DownloadModelAsync(string model, CancellationToken cancellationToken = default) =>
        LocalModels.GetPackageAsync(model, cancellationToken);

    /// <summary>Loads a version locally, for decoding and optionally for encoding; its blobs are downloaded once and cached.</summary>
    /// <param name="model">A model reference. One that contains the version's digest needs no server once its blobs are cached.</param>
    /// <param name="withEncoder">Whether to download the encoder too, which is often larger than the decoder.</param>
    /// <param name="head">Name of the head to download; <c>image</c> restores the image.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The model, shared by all callers: use it as long as you need it, and never dispose it.</returns>
    /// <exception cref="ArgumentException">The model reference is invalid, or <paramref name="head"/> is empty.</exception>
    /// <exception cref="NotFoundException">The model, version or head does not exist.</exception>
    /// <exception cref="CorruptDataException">
    /// The server sent bytes whose digest is not the one that the manifest lists, or a model that cannot be loaded.
    /// </exception>
    /// <exception cref="UnsupportedModelException">
    /// The head, or the requested encoder, is a network that this platform cannot run.
    /// </exception>
    /// <exception cref="CodecException">The call failed.</exception>
    public virtual Task<CodecModel> GetLocalModelAsync(
        string model,
        bool withEncoder = false,
        string head = ModelManifest.ImageHead,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentException.ThrowIfNullOrEmpty(head);
        return LocalModels.LoadAsync(model, head, withEncoder, cancellationToken);
    }

    /// <summary>Lists the models, sorted by name.</summary>
    /// <exception cref="CodecException">The call failed.</exception>
    public virtual Task<IReadOnlyList<ModelInfo>> ListModelsAsync(CancellationToken cancellationToken = default) =>
        Connection.ListAsync(
            "list the models",
            (page, options) => Connection.Models.ListModelsAsync(new V1.ListModelsRequest { PageToken = page }, options),
            answer => answer.Models.Select(ModelMessages.ToModelInfo),
            answer => answer.NextPageToken,
            cancellationToken
        );

    /// <summary>Lists the versions of a model, newest first.</summary>
    /// <exception cref="CodecException">The call failed.</exception>
    public virtual Task<IReadOnlyList<VersionInfo>> ListVersionsAsync(string model, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(model);
        return Connection.ListAsync(
            $"list the versions of {model}",
            (page, options) => Connection.Models.ListVersionsAsync(new V1.ListVersionsRequest { Model = model, PageToken = page }, options),
            answer => answer.Versions.Select(ModelMessages.ToVersionInfo),
            answer => answer.NextPageToken,
            cancellationToken
        );
    }

    /// <summary>Deletes a version.</summary>
    /// <param name="model">The model's name.</param>
    /// <param name="version">The version.</param>
    /// <param name="force">
    /// Whether to delete it although streams use it or channels hold codes of it. The server ends the work on it first. Streams of images
    /// move to the present version of the alias that they named; subscribers skip or report the codes that remain, as damaged ones.
    /// </param>
    /// <param name="cancellationToken">Stops waiting; the version may have been deleted.</param>
    /// <exception cref="InvalidRequestException">
    /// An alias points to the version; without <paramref name="force"/>, a call uses it or a channel holds a code of it.
    /// </exception>
    /// <exception cref="CodecException">The call failed.</exception>
    public virtual Task DeleteVersionAsync(string model, Digest version, bool force = false, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(model);
        return Connection.CallAsync(
            $"delete {new ModelReference(model, version)}",
            options =>
                Connection.Models.DeleteVersionAsync(
                    new V1.DeleteVersionRequest
                    {
                        Model = model,
                        Digest = version.Hex,
                        Force = force,
                    },
                    options
                ),
            repeatable: false,
            cancellationToken
        );
    }

    /// <summary>
    /// Streams the changes of one model or of all, after one event for each current alias. Waits for a server that is not reachable yet,
    /// and is restored after a lost connection.
    /// </summary>
    /// <param name="model">The model's name; null watches all.</param>
    /// <param name="cancellationToken">Ends the watch with <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="CodecException">The watch failed and is not restored.</exception>
    public virtual async IAsyncEnumerable<ModelEvent> WatchModelsAsync(
        string? model = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default
    )
    {
        var watch = new ModelWatch(Connection, model ?? "");
        await foreach (ModelEvent change in watch.ReadAsync(cancellationToken).ConfigureAwait(false))
            yield return change;
    }
}
