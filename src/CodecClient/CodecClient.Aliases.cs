using Codec.Client.Transport;
using Codec.Models;

namespace Codec.Client;

public partial class CodecClient
{
    /// <summary>Moves an alias to a version, or creates the alias, by compare-and-swap.</summary>
    /// <param name="model">The model's name.</param>
    /// <param name="alias">The alias; a bare model name follows <c>live</c>.</param>
    /// <param name="version">The version to point to; it must be published already.</param>
    /// <param name="expectedRevision">
    /// The revision that you have seen; 0 for an alias that does not exist. Null reads the current one first, so the alias moves
    /// unconditionally unless another caller moves it in between.
    /// </param>
    /// <param name="cancellationToken">Stops waiting; the alias may have been moved.</param>
    /// <returns>The alias after the move.</returns>
    /// <exception cref="ConflictException">
    /// Another caller moved the alias first; <see cref="ConflictException.CurrentRevision"/> is its revision now.
    /// </exception>
    /// <exception cref="UnavailableException">The answer was lost, so the alias may have been moved. Read it and decide again.</exception>
    /// <exception cref="CodecException">The call failed.</exception>
    public virtual Task<AliasInfo> SetAliasAsync(
        string model,
        string alias,
        Digest version,
        long? expectedRevision = null,
        CancellationToken cancellationToken = default
    ) => MoveAliasAsync(new V1.SetAliasRequest { Digest = version.Hex }, model, alias, expectedRevision, cancellationToken);

    /// <summary>
    /// Splits an alias's traffic between versions by weight, such as 95 for the present version and 5 for a candidate, by compare-and-swap.
    /// A named producer of a channel keeps its version while the targets stay the same. End the split with <see cref="SetAliasAsync"/>, or
    /// undo it with <see cref="RollbackAliasAsync"/>.
    /// </summary>
    /// <param name="model">The model's name.</param>
    /// <param name="alias">The alias.</param>
    /// <param name="targets">
    /// 1 to 8 different versions with weights from 1 to 10,000. They have the same size of input, number of qualities and heads. The first
    /// one is what a reader of the alias gets, such as <see cref="GetLocalModelAsync"/>.
    /// </param>
    /// <param name="expectedRevision">As in <see cref="SetAliasAsync"/>.</param>
    /// <param name="cancellationToken">Stops waiting; the alias may have been moved.</param>
    /// <returns>The alias after the move.</returns>
    /// <exception cref="InvalidRequestException">The targets are invalid, or cannot replace one another.</exception>
    /// <exception cref="ConflictException">Another caller moved the alias first.</exception>
    /// <exception cref="CodecException">The call failed.</exception>
    public virtual Task<AliasInfo> SplitAliasAsync(
        string model,
        string alias,
        IReadOnlyList<AliasTarget> targets,
        long? expectedRevision = null,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(targets);
        ArgumentOutOfRangeException.ThrowIfZero(targets.Count);
        var request = new V1.SetAliasRequest
        {
            Targets = { targets.Select(target => new V1.AliasTarget { Digest = target.Version.Hex, Weight = target.Weight }) },
        };
        return MoveAliasAsync(request, model, alias, expectedRevision, cancellationToken);
    }

    /// <summary>
    /// Moves an alias back to the newest targets before its current ones that were not rolled back from, by compare-and-swap; a deleted
    /// alias to its last targets. A second rollback goes further back.
    /// </summary>
    /// <param name="model">The model's name.</param>
    /// <param name="alias">The alias.</param>
    /// <param name="expectedRevision">The revision that you have seen; null reads the current one first.</param>
    /// <param name="cancellationToken">Stops waiting; the alias may have been moved.</param>
    /// <returns>The alias after the rollback; <see cref="AliasInfo.RestoredRevision"/> names the move whose targets it has again.</returns>
    /// <exception cref="ConflictException">Another caller moved the alias first.</exception>
    /// <exception cref="NotFoundException">The alias never existed.</exception>
    /// <exception cref="InvalidRequestException">
    /// The kept history has no other targets before, or one of their versions was deleted.
    /// </exception>
    /// <exception cref="CodecException">The call failed.</exception>
    public virtual async Task<AliasInfo> RollbackAliasAsync(
        string model,
        string alias,
        long? expectedRevision = null,
        CancellationToken cancellationToken = default
    )
    {
        long expected = expectedRevision ?? await GetRevisionAsync(model, alias, cancellationToken).ConfigureAwait(false);
        V1.RollbackAliasResponse response = await Connection
            .CallAsync(
                $"roll {model}@{alias} back",
                options =>
                    Connection.Models.RollbackAliasAsync(
                        new V1.RollbackAliasRequest
                        {
                            Model = model,
                            Name = alias,
                            ExpectedRevision = expected,
                            MovedBy = Options.Identity,
                        },
                        options
                    ),
                repeatable: false,
                cancellationToken
            )
            .ConfigureAwait(false);
        return response.Alias.ToAliasInfo();
    }

    /// <summary>Deletes an alias by compare-and-swap; its history is kept.</summary>
    /// <param name="model">The model's name.</param>
    /// <param name="alias">The alias.</param>
    /// <param name="expectedRevision">The revision that you have seen; null reads the current one first.</param>
    /// <param name="cancellationToken">Stops waiting; the alias may have been deleted.</param>
    /// <exception cref="ConflictException">Another caller moved the alias first.</exception>
    /// <exception cref="CodecException">The call failed.</exception>
    public virtual async Task DeleteAliasAsync(
        string model,
        string alias,
        long? expectedRevision = null,
        CancellationToken cancellationToken = default
    )
    {
        long expected = expectedRevision ?? await GetRevisionAsync(model, alias, cancellationToken).ConfigureAwait(false);
        await Connection
            .CallAsync(
                $"delete {model}@{alias}",
                options =>
                    Connection.Models.DeleteAliasAsync(
                        new V1.DeleteAliasRequest
                        {
                            Model = model,
                            Name = alias,
                            ExpectedRevision = expected,
                            MovedBy = Options.Identity,
                        },
                        options
                    ),
                repeatable: false,
                cancellationToken
            )
            .ConfigureAwait(false);
    }

    /// <summary>Lists a model's aliases, sorted by name.</summary>
    /// <exception cref="CodecException">The call failed.</exception>
    public virtual Task<IReadOnlyList<AliasInfo>> ListAliasesAsync(string model, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(model);
        return Connection.ListAsync(
            $"list the aliases of {model}",
            (page, options) => Connection.Models.ListAliasesAsync(new V1.ListAliasesRequest { Model = model, PageToken = page }, options),
            answer => answer.Aliases.Select(ModelMessages.ToAliasInfo),
            answer => answer.NextPageToken,
            cancellationToken
        );
    }

    /// <summary>Lists the moves of an alias: who moved it, to which version, and when. Newest first.</summary>
    /// <exception cref="CodecException">The call failed.</exception>
    public virtual Task<IReadOnlyList<AliasInfo>> ListAliasHistoryAsync(
        string model,
        string alias,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentException.ThrowIfNullOrEmpty(model);
        ArgumentException.ThrowIfNullOrEmpty(alias);
        return Connection.ListAsync(
            $"list the history of {model}@{alias}",
            (page, options) =>
                Connection.Models.ListAliasHistoryAsync(
                    new V1.ListAliasHistoryRequest
                    {
                        Model = model,
                        Name = alias,
                        PageToken = page,
                    },
                    options
                ),
            answer => answer.Entries.Select(ModelMessages.ToAliasInfo),
            answer => answer.NextPageToken,
            cancellationToken
        );
    }

    private async Task<AliasInfo> MoveAliasAsync(
        V1.SetAliasRequest request,
        string model,
        string alias,
        long? expectedRevision,
        CancellationToken cancellationToken
    )
    {
        request.Model = model;
        request.Name = alias;
        request.ExpectedRevision = expectedRevision ?? await GetRevisionAsync(model, alias, cancellationToken).ConfigureAwait(false);
        request.MovedBy = Options.Identity;
        V1.SetAliasResponse response = await Connection
            .CallAsync(
                $"move {model}@{alias}",
                options => Connection.Models.SetAliasAsync(request, options),
                repeatable: false,
                cancellationToken
            )
            .ConfigureAwait(false);
        return response.Alias.ToAliasInfo();
    }

    private async Task<long> GetRevisionAsync(string model, string alias, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(alias);
        IReadOnlyList<AliasInfo> aliases = await ListAliasesAsync(model, cancellationToken).ConfigureAwait(false);
        return aliases.FirstOrDefault(candidate => candidate.Name == alias)?.Revision ?? 0;
    }
}
