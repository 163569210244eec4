using Codec.Server.Models;
using Codec.Server.Stores;
using Grpc.Core;

namespace Codec.Server.Services;

/// <summary>Lists models, versions and aliases, in pages.</summary>
internal sealed partial class ModelService
{
    public override async Task<V1.ListModelsResponse> ListModels(V1.ListModelsRequest request, ServerCallContext context)
    {
        const string list = "models";
        PageRequest page = Paging.Read(list, request.PageSize, request.PageToken);
        Page<ModelRecord> models = await registry.ListModelsAsync(page, context.CancellationToken);
        ILookup<string, DamagedVersion> damaged = host.Damaged.ToLookup(version => version.Model);
        return new V1.ListModelsResponse
        {
            Models = { models.Items.Select(model => model.ToMessage(damaged[model.Name].FirstOrDefault())) },
            NextPageToken = Paging.Token(list, models.Next),
        };
    }

    public override async Task<V1.ListVersionsResponse> ListVersions(V1.ListVersionsRequest request, ServerCallContext context)
    {
        string model = Require.Name("model", request.Model);
        string list = $"versions {model}";
        PageRequest page = Paging.Read(list, request.PageSize, request.PageToken);
        Page<VersionRecord> versions = await registry.ListVersionsAsync(model, page, context.CancellationToken);
        return versions.Items.Count > 0 || page.After is not null
            ? new V1.ListVersionsResponse
            {
                Versions = { versions.Items.Select(ModelMessages.ToMessage) },
                NextPageToken = Paging.Token(list, versions.Next),
            }
            : throw RequestException.NotFound("model", model);
    }

    public override async Task<V1.ListAliasesResponse> ListAliases(V1.ListAliasesRequest request, ServerCallContext context)
    {
        string model = Require.Name("model", request.Model);
        string list = $"aliases {model}";
        PageRequest page = Paging.Read(list, request.PageSize, request.PageToken);
        Page<AliasRecord> aliases = await registry.ListAliasesAsync(model, page, context.CancellationToken);
        return new V1.ListAliasesResponse
        {
            Aliases = { aliases.Items.Select(ModelMessages.ToMessage) },
            NextPageToken = Paging.Token(list, aliases.Next),
        };
    }

    public override async Task<V1.ListAliasHistoryResponse> ListAliasHistory(V1.ListAliasHistoryRequest request, ServerCallContext context)
    {
        string model = Require.Name("model", request.Model);
        string name = Require.Name("name", request.Name);
        string list = $"history {model}@{name}";
        PageRequest page = Paging.Read(list, request.PageSize, request.PageToken);
        Page<AliasRecord> entries = await registry.ListAliasHistoryAsync(model, name, page, context.CancellationToken);
        return new V1.ListAliasHistoryResponse
        {
            Entries = { entries.Items.Select(ModelMessages.ToMessage) },
            NextPageToken = Paging.Token(list, entries.Next),
        };
    }
}
