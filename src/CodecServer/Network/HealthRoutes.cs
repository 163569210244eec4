using Microsoft.AspNetCore.Diagnostics.HealthChecks;

namespace Codec.Server.Network;

/// <summary>Health over HTTP, on the operations endpoint: 200 or 503, with the reason as text.</summary>
internal static class HealthRoutes
{
    /// <summary>The folder of all health routes.</summary>
    public const string Folder = "/healthz";

    /// <summary>Maps a route for each check of a name.</summary>
    public static void MapHealth(this IEndpointRouteBuilder app, params IEnumerable<string> checks)
    {
        foreach (string name in checks)
        {
            app.MapHealthChecks(
                    $"{Folder}/{name}",
                    new HealthCheckOptions
                    {
                        Predicate = check => check.Name == name,
                        ResponseWriter = static (context, report) =>
                        {
                            context.Response.ContentType = "text/plain; charset=utf-8";
                            return context.Response.WriteAsync(
                                $"{report.Status}\n{string.Concat(report.Entries.Select(entry => $"{entry.Key}: {entry.Value.Description}\n"))}",
                                context.RequestAborted
                            );
                        },
                    }
                )
                .OnOperations();
        }
    }
}
