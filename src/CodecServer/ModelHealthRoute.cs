using System.Net.Mime;
using Codec.Server.Hosting;
using Codec.Server.Network;

namespace Codec.Server;

/// <summary>The health of one model, on the operations endpoint: 200, 503 with the reason, or 404.</summary>
internal static class ModelHealthRoute
{
    /// <summary>Maps the route below that of all models.</summary>
    public static void MapModelHealth(this IEndpointRouteBuilder app) =>
        app.MapGet($"{HealthRoutes.Folder}/{ModelHealth.CheckName}/{{model}}", AnswerAsync).OnOperations();

    private static async Task AnswerAsync(HttpContext context)
    {
        string model = $"{context.Request.RouteValues["model"]}";
        (int status, string text) = Describe(context.RequestServices.GetRequiredService<ModelReadiness>(), model);
        context.Response.StatusCode = status;
        context.Response.ContentType = $"{MediaTypeNames.Text.Plain}; charset=utf-8";
        await context.Response.WriteAsync($"{PlainText.Of(text)}\n", context.RequestAborted);
    }

    private static (int Status, string Text) Describe(ModelReadiness readiness, string model)
    {
        try
        {
            return readiness.FindProblem(model) is { } problem
                ? (StatusCodes.Status503ServiceUnavailable, $"Unhealthy: {model}: {problem}")
                : (StatusCodes.Status200OK, $"Healthy: {model}: Its live versions are loaded.");
        }
        catch (RequestException exception) when (exception.Error == RequestError.NotFound)
        {
            return (StatusCodes.Status404NotFound, exception.Message);
        }
    }
}
