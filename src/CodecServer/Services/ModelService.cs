using Codec.Server.Hosting;
using Codec.Server.Models;
using Codec.Server.Stores;
using Google.Protobuf;
using Grpc.Core;

namespace Codec.Server.Services;

/// <summary>Serves versions and aliases.</summary>
internal sealed partial class ModelService(
    IModelRegistry registry,
    IBlobStore blobs,
    BlobUploads uploads,
    ModelHost host,
    ModelPublisher publisher,
    Drain drain
) : V1.ModelService.ModelServiceBase
{
    public override async Task<V1.PublishVersionResponse> PublishVersion(V1.PublishVersionRequest request, ServerCallContext context)
    {
        (VersionRecord version, bool created) = await publisher.PublishAsync(
            request.Manifest.Memory,
            Require.Text("publisher", request.Publisher),
            context.GetCaller(),
            context.CancellationToken
        );
        return new V1.PublishVersionResponse { Version = version.ToMessage(), Created = created };
    }

    public override Task<V1.GetVersionResponse> GetVersion(V1.GetVersionRequest request, ServerCallContext context) =>
        host.UseAsync(
            request.Model,
            VersionChoice.First,
            async version =>
            {
                byte[] manifest = await registry.ReadManifestAsync(version.Digest, context.CancellationToken);
                return new V1.GetVersionResponse { Version = version.ToMessage(), Manifest = UnsafeByteOperations.UnsafeWrap(manifest) };
            },
            context.CancellationToken
        );

    public override async Task<V1.DeleteVersionResponse> DeleteVersion(V1.DeleteVersionRequest request, ServerCallContext context)
    {
        await publisher.DeleteAsync(
            Require.Name("model", request.Model),
            Require.Digest("digest", request.Digest),
            request.Force,
            context.CancellationToken
        );
        return new V1.DeleteVersionResponse();
    }

    public override async Task<V1.SetAliasResponse> SetAlias(V1.SetAliasRequest request, ServerCallContext context)
    {
        AliasTargets targets = Require.Targets(request.Digest, request.Targets);
        AliasRecord moved = await MoveAsync(request.Model, request.Name, targets, request.ExpectedRevision, request.MovedBy, context);
        return new V1.SetAliasResponse { Alias = moved.ToMessage() };
    }

    public override async Task<V1.RollbackAliasResponse> RollbackAlias(V1.RollbackAliasRequest request, ServerCallContext context)
    {
        var rollback = new AliasRollback(
            Require.Name("model", request.Model),
            Require.Name("name", request.Name),
            Require.Range("expected_revision", request.ExpectedRevision, long.MaxValue),
            Require.Text("moved_by", request.MovedBy)
        );
        AliasRecord moved = await publisher.RollbackAliasAsync(rollback, context.GetCaller(), context.CancellationToken);
        return new V1.RollbackAliasResponse { Alias = moved.ToMessage() };
    }

    public override async Task<V1.DeleteAliasResponse> DeleteAlias(V1.DeleteAliasRequest request, ServerCallContext context)
    {
        await MoveAsync(request.Model, request.Name, AliasTargets.None, request.ExpectedRevision, request.MovedBy, context);
        return new V1.DeleteAliasResponse();
    }

    public override async Task WatchModels(
        V1.WatchModelsRequest request,
        IServerStreamWriter<V1.WatchModelsResponse> responseStream,
        ServerCallContext context
    )
    {
        string? model = request.Model.Length == 0 ? null : Require.Name("model", request.Model);
        using CancellationTokenSource end = context.LinkEnd(drain);
        await context.WriteResponseHeadersAsync([]);
        await foreach (RegistryChange change in registry.WatchAsync(model, end.Token))
            await responseStream.WriteAsync(change.ToMessage(), end.Token);
    }

    private async Task<AliasRecord> MoveAsync(
        string model,
        string name,
        AliasTargets targets,
        long expectedRevision,
        string movedBy,
        ServerCallContext context
    )
    {
        var move = new AliasMove(
            Require.Name("model", model),
            Require.Name("name", name),
            targets,
            Require.Range("expected_revision", expectedRevision, long.MaxValue),
            Require.Text("moved_by", movedBy)
        );
        return await publisher.MoveAliasAsync(move, context.GetCaller(), context.CancellationToken);
    }
}
