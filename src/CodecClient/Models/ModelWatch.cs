using System.Threading.Channels;
using Codec.Client.Transport;
using Grpc.Core;

namespace Codec.Client.Models;

/// <summary>Runs a watch across its connections; an alias whose state was already reported is not reported again.</summary>
internal sealed class ModelWatch(ServiceConnection connection, string model)
{
    /// <summary>Maximum number of events that wait for the consumer; when it is reached, the server waits.</summary>
    private const int QueueLength = 64;

    private readonly Dictionary<(string Model, string Alias), long> _revisions = [];
    private bool _hasOpened;

    public IAsyncEnumerable<ModelEvent> ReadAsync(CancellationToken cancellationToken) =>
        Pump.RunAsync<ModelEvent>(
            QueueLength,
            (writer, token) =>
            {
                Backoff backoff = connection.StartStreamBackoff(waits: true);
                return connection.PersistAsync("watch the models", backoff, attempt => FollowAsync(writer, backoff, attempt), token);
            },
            cancellationToken
        );

    private async Task<bool> FollowAsync(ChannelWriter<ModelEvent> writer, Backoff backoff, CancellationToken cancellationToken)
    {
        using AsyncServerStreamingCall<V1.WatchModelsResponse> call = connection.Models.WatchModels(
            new V1.WatchModelsRequest { Model = model },
            cancellationToken: cancellationToken
        );
        await connection.OpenedAsync("watch the models", call.ResponseHeadersAsync, backoff, cancellationToken).ConfigureAwait(false);
        if (_hasOpened)
            await writer.WriteAsync(new WatchRestored(), cancellationToken).ConfigureAwait(false);
        _hasOpened = true;
        while (await call.MoveNextAsync(cancellationToken).ConfigureAwait(false))
        {
            backoff.Succeeded();
            if (Read(call.ResponseStream.Current) is { } change)
                await writer.WriteAsync(change, cancellationToken).ConfigureAwait(false);
        }

        throw ServiceConnection.EndedEarly("The watch");
    }

    private ModelEvent? Read(V1.WatchModelsResponse response)
    {
        switch (response.EventCase)
        {
            case V1.WatchModelsResponse.EventOneofCase.Alias:
                AliasInfo alias = response.Alias.ToAliasInfo();
                if (_revisions.TryGetValue((alias.Model, alias.Name), out long seen) && seen >= alias.Revision)
                    return null;
                _revisions[(alias.Model, alias.Name)] = alias.Revision;
                return new AliasMoved(alias);
            case V1.WatchModelsResponse.EventOneofCase.Published:
                return new VersionPublished(response.Published.ToVersionInfo());
            case V1.WatchModelsResponse.EventOneofCase.Deleted:
                return new VersionDeleted(response.Deleted.ToVersionInfo());
            default:
                // A newer server may send events that this client does not support.
                return null;
        }
    }
}
