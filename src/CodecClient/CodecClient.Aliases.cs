using Codec.Client.Transport;
using Codec.Models;

namespace Codec.Client;

public sealed partial class CodecClient
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
    public async Task<AliasInfo> SetAliasAsync(
        string model,
        string alias,
        Digest version,
        long? expectedRevision = null,
        CancellationToken cancellationToken = default
    )
    {
        long expected = expectedRevision ?? await GetRevisionAsync(model, alias, cancellationToken).ConfigureAwait(false);
        V1.SetAliasResponse response = await _connection
            .CallAsync(
                $"move {model}@{alias}",
                options =>
                    _connection.Models.SetAliasAsync(
                        new V1.SetAliasRequest
                        {
                            Model = model,
                            Name = alias,
                            Digest = version.Hex,
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
    public async Task DeleteAliasAsync(
        string model,
        string alias,
        long? expectedRevision = null,
        CancellationToken cancellationToken = default
    )
    {
        long expected = expectedRevision ?? await GetRevisionAsync(model, alias, cancellationToken).ConfigureAwait(false);
        await _connection
            .CallAsync(
                $"delete {model}@{alias}",
                options =>
                    _connection.Models.DeleteAliasAsync(
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
    public Task<IReadOnlyList<AliasInfo>> ListAliasesAsync(string model, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(model);
        return _connection.ListAsync(
            $"list the aliases of {model}",
            (page, options) => _connection.Models.ListAliasesAsync(new V1.ListAliasesRequest { Model = model, PageToken = page }, options),
            answer => answer.Aliases.Select(ModelMessages.ToAliasInfo),
            answer => answer.NextPageToken,
            cancellationToken
        );
    }

    /// <summary>Lists the moves of an alias: who moved it, to which version, and when. Newest first.</summary>
    /// <exception cref="CodecException">The call failed.</exception>
    public Task<IReadOnlyList<AliasInfo>> ListAliasHistoryAsync(string model, string alias, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(model);
        ArgumentException.ThrowIfNullOrEmpty(alias);
        return _connection.ListAsync(
            $"list the history of {model}@{alias}",
            (page, options) =>
                _connection.Models.ListAliasHistoryAsync(
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

    private async Task<long> GetRevisionAsync(string model, string alias, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(alias);
        IReadOnlyList<AliasInfo> aliases = await ListAliasesAsync(model, cancellationToken).ConfigureAwait(false);
        return aliases.FirstOrDefault(candidate => candidate.Name == alias)?.Revision ?? 0;
    }
}
