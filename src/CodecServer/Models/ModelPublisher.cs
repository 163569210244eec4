using Codec.Errors;
using Codec.Models;
using Codec.Onnx;
using Codec.Server.Identity;
using Codec.Server.Options;
using Codec.Server.Stores;
using Microsoft.Extensions.Options;

namespace Codec.Server.Models;

/// <summary>
/// Publishes and deletes versions, and moves aliases. Publications and deletions take turns: a deletion must not remove a blob that a
/// publication has just found.
/// </summary>
internal sealed class ModelPublisher(
    IModelRegistry registry,
    IBlobStore blobs,
    IChannelLog log,
    ModelHost host,
    IOptions<ModelOptions> options,
    IOptions<StoreOptions> store,
    ILogger<ModelPublisher> logger
) : IDisposable
{
    /// <summary>How long a deletion by force waits for work that has begun; less than a client waits for an answer.</summary>
    public static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(20);

    /// <summary>Channels that a refusal names.</summary>
    private const int MaxNamed = 5;

    private readonly SemaphoreSlim _turn = new(1);

    /// <summary>
    /// Checks a manifest against its blobs, loads the model, compares its golden image, and only then publishes the version.
    /// </summary>
    /// <param name="manifestBytes">The manifest, byte for byte.</param>
    /// <param name="publisher">The publisher's name that the request states.</param>
    /// <param name="caller">Who sent the request.</param>
    /// <param name="cancellationToken">Ends the work; nothing is published then.</param>
    /// <returns>The version, and whether it is new.</returns>
    /// <exception cref="RequestException">
    /// InvalidArgument: too large. FailedPrecondition: blobs are missing. ResourceExhausted: too many versions.
    /// </exception>
    /// <exception cref="InvalidModelException">The manifest is malformed, or its parts do not fit each other.</exception>
    public async Task<(VersionRecord Version, bool Created)> PublishAsync(
        ReadOnlyMemory<byte> manifestBytes,
        string publisher,
        Caller caller,
        CancellationToken cancellationToken
    )
    {
        if (manifestBytes.Length > ModelLimits.MaxManifestBytes)
        {
            throw RequestException.Invalid(
                "manifest",
                $"{manifestBytes.Length} bytes; at most {ModelLimits.MaxManifestBytes} are allowed."
            );
        }

        await _turn.WaitAsync(cancellationToken);
        try
        {
            // Of a version that exists too: a publisher that repairs one must learn which of its blobs are damaged or missing.
            ModelManifest manifest = ModelManifest.Parse(manifestBytes.Span);
            long size = manifestBytes.Length + await RequireBlobsAsync(manifest, cancellationToken);
            if (await registry.FindVersionAsync(Digest.Of(manifestBytes.Span), cancellationToken) is { } existing)
                return (existing, false);

            CodecModel model = await LoadAsync(manifestBytes, cancellationToken);
            try
            {
                var version = new NewVersion(
                    manifest.Name,
                    model.Version,
                    caller.RecordedName(publisher),
                    size,
                    manifestBytes,
                    [.. manifest.Blobs.Select(blob => blob.Digest)]
                );
                (VersionRecord Version, bool Created) published = await registry.AddVersionAsync(version, cancellationToken);
                await host.AdoptAsync(model);
                return published;
            }
            catch
            {
                model.Dispose();
                throw;
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Deletes a version, and the blobs that no other version lists.</summary>
    /// <param name="model">The model's name.</param>
    /// <param name="digest">The version.</param>
    /// <param name="force">
    /// Whether to delete it although streams claim it or channels hold codes of it. New uses are refused at once; work that has begun is
    /// awaited, for <see cref="DrainTime"/> at most.
    /// </param>
    /// <param name="cancellationToken">Ends the work; the version is deleted or is used as before.</param>
    /// <exception cref="RequestException">
    /// NotFound. FailedPrecondition: an alias points to it; without force, a channel holds a code of it or a call uses it; with force, work
    /// on it does not end in time.
    /// </exception>
    public async Task DeleteAsync(string model, Digest digest, bool force, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            // Asked before anything is refused; the registry asks again when it deletes.
            await registry.RequireDeletableAsync(model, digest, cancellationToken);

            // A call that stores codes of a version holds a lease on it. Bar the version first, so that no code of it can be stored after
            // the log was queried.
            using IDisposable bar = force ? await host.DrainAsync(digest, DrainTime, cancellationToken) : host.Bar(digest);
            IReadOnlyList<VersionCodes> held = await log.FindCodesAsync(digest, cancellationToken);
            long codes = held.Sum(channel => channel.Codes);
            if (codes > 0 && !force)
                throw HeldByChannels(digest, held, codes);

            foreach (Digest orphan in await registry.DeleteVersionAsync(model, digest, cancellationToken))
                await blobs.DeleteAsync(orphan, CancellationToken.None);

            if (codes > 0)
                ServerLog.VersionAbandoned(logger, model, digest.Hex, codes, held.Count);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Moves an alias by compare-and-swap.</summary>
    /// <param name="move">The move; its <c>MovedBy</c> is the name that the request states.</param>
    /// <param name="caller">Who sent the request.</param>
    /// <param name="cancellationToken">Ends the wait for the store.</param>
    /// <exception cref="RequestException">
    /// As IModelRegistry.MoveAliasAsync; FailedPrecondition: the targets cannot replace one another.
    /// </exception>
    public async Task<AliasRecord> MoveAliasAsync(AliasMove move, Caller caller, CancellationToken cancellationToken)
    {
        if (move.Targets.IsSplit)
            await InterchangeableVersions.RequireAsync(registry, move.Model, move.Targets, cancellationToken);

        return Moved(await registry.MoveAliasAsync(move with { MovedBy = caller.RecordedName(move.MovedBy) }, cancellationToken));
    }

    /// <summary>Moves an alias back to its targets before, by compare-and-swap.</summary>
    /// <param name="rollback">The rollback; its <c>MovedBy</c> is the name that the request states.</param>
    /// <param name="caller">Who sent the request.</param>
    /// <param name="cancellationToken">Ends the wait for the store.</param>
    /// <exception cref="RequestException">As IModelRegistry.RollbackAliasAsync.</exception>
    public async Task<AliasRecord> RollbackAliasAsync(AliasRollback rollback, Caller caller, CancellationToken cancellationToken) =>
        Moved(await registry.RollbackAliasAsync(rollback with { MovedBy = caller.RecordedName(rollback.MovedBy) }, cancellationToken));

    /// <summary>Deletes blobs and uploads that no version lists and no query named within the time of the options.</summary>
    /// <remarks>It takes a turn too, so that the blobs which a publication has found stay until its version lists them.</remarks>
    public async Task CollectAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            CollectedBlobs collected = await blobs.CollectAsync(
                TimeSpan.FromHours(store.Value.UnlistedBlobHours),
                await registry.ListBlobsAsync(cancellationToken),
                cancellationToken
            );
            if (collected != default)
                ServerLog.BlobsCollected(logger, collected.Blobs, collected.Uploads, collected.Bytes, store.Value.UnlistedBlobHours);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();

    private static RequestException HeldByChannels(Digest digest, IReadOnlyList<VersionCodes> held, long codes)
    {
        IEnumerable<string> named = held.Take(MaxNamed).Select(channel => $"{channel.Channel} ({channel.Codes})");
        return new RequestException(
            RequestError.FailedPrecondition,
            "VERSION_IN_USE",
            $"A channel holds codes of {digest}: {string.Join(", ", named)}{(held.Count > MaxNamed ? ", …" : "")}, {codes} in {held.Count}. "
                + "Wait for retention, delete the channels, or delete by force: these codes can then not be decoded."
        )
        {
            Metadata = new Dictionary<string, string> { ["codes"] = $"{codes}", ["channels"] = $"{held.Count}" },
            Violations = [.. held.Select(channel => new Violation(channel.Channel, $"It holds {channel.Codes} codes of the version."))],
        };
    }

    private AliasRecord Moved(AliasRecord moved)
    {
        host.Follow(moved);
        return moved;
    }

    /// <summary>Requires that every blob of a manifest is stored; returns their bytes together.</summary>
    private async Task<long> RequireBlobsAsync(ModelManifest manifest, CancellationToken cancellationToken)
    {
        long size = manifest.Blobs.Sum(blob => blob.Size);
        if (size > options.Value.MaxModelBytes)
        {
            throw RequestException.Invalid(
                "manifest",
                $"its blobs have {size} bytes together; at most {options.Value.MaxModelBytes} are allowed."
            );
        }

        var missing = new List<Violation>();
        foreach (BlobEntry blob in manifest.Blobs)
        {
            if (!(await blobs.QueryAsync(blob, cancellationToken)).Complete)
                missing.Add(new Violation(blob.Digest.Hex, $"This blob of {blob.Size} bytes is missing; upload it first."));
        }

        return missing.Count == 0
            ? size
            : throw new RequestException(
                RequestError.FailedPrecondition,
                "BLOBS_MISSING",
                $"{missing.Count} blobs are missing; upload them, then publish again."
            )
            {
                Violations = missing,
            };
    }

    private async Task<CodecModel> LoadAsync(ReadOnlyMemory<byte> manifest, CancellationToken cancellationToken)
    {
        ModelPackage package = await PackageReader.ReadAsync(blobs, manifest, cancellationToken);
        return await Task.Run(
            () =>
            {
                CodecModel model = CodecModel.Load(package, OnnxNetworkRuntime.Instance);
                try
                {
                    model.CheckGolden();
                    model.CheckQualities();
                    return model;
                }
                catch
                {
                    model.Dispose();
                    throw;
                }
            },
            cancellationToken
        );
    }
}
