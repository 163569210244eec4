using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Codec.Server.Network;

/// <summary>Health over HTTP, on the operations endpoint: 200 or 503, with the reason as text.</summary>
internal static class HealthRoutes
{
    /// <summary>The folder of all health routes.</summary>
    public const string Folder = "/healthz";

    /// <summary>The name of the route that answers as long as the process can.</summary>
    public const string Live = "live";

    /// <summary>Maps <c>/healthz/live</c>, which runs no check, and a route for each check of a name.</summary>
    public static void MapHealth(this IEndpointRouteBuilder app, params IEnumerable<string> checks)
    {
        Map(Live, static _ => false);
        foreach (string name in checks)
            Map(name, check => check.Name == name);

        void Map(string name, Func<HealthCheckRegistration, bool> predicate) =>
            app.MapHealthChecks(
                    $"{Folder}/{name}",
                    new HealthCheckOptions
                    {
                        Predicate = predicate,
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
