using Grpc.Core;

namespace Codec.Server;

/// <summary>Whether the server is stopping. gRPC does not end streams then (grpc-dotnet #2357): each stream does, by this.</summary>
internal sealed class Drain(IHostApplicationLifetime lifetime)
{
    /// <summary>Whether nothing new may begin.</summary>
    public bool HasBegun => lifetime.ApplicationStopping.IsCancellationRequested;

    /// <summary>Cancelled when the server drains or the call ends; owned by the caller.</summary>
    public CancellationTokenSource Link(ServerCallContext context) =>
        CancellationTokenSource.CreateLinkedTokenSource(lifetime.ApplicationStopping, context.CancellationToken);
}
