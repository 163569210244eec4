namespace Codec.Server.Network;

/// <summary>Marks a connection that was accepted by the operations endpoint.</summary>
internal sealed class OperationsConnection
{
    public static OperationsConnection Instance { get; } = new();
}

/// <summary>
/// Keeps the routes of the two endpoints apart: a route that is marked by <see cref="OnOperations"/> is found through the operations
/// endpoint only, every other one through the public endpoint only.
/// </summary>
internal static class OperationsRoutes
{
    /// <summary>Moves a route from the public endpoint to that of operations.</summary>
    public static TBuilder OnOperations<TBuilder>(this TBuilder route)
        where TBuilder : IEndpointConventionBuilder => route.WithMetadata(Mark.Instance);

    /// <summary>Answers 404 where a route does not belong to the endpoint that the request came through.</summary>
    public static void UseOperationsRoutes(this IApplicationBuilder app) =>
        app.Use(
            static (context, next) =>
            {
                bool cameThroughOperations = context.Features.Get<OperationsConnection>() is not null;
                bool belongsToOperations = context.GetEndpoint()?.Metadata.GetMetadata<Mark>() is not null;
                if (cameThroughOperations == belongsToOperations)
                    return next(context);

                context.Response.StatusCode = StatusCodes.Status404NotFound;
                return Task.CompletedTask;
            }
        );

    private sealed class Mark
    {
        public static Mark Instance { get; } = new();
    }
}
