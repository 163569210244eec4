using Grpc.AspNetCore.Server;
using Grpc.Core;

namespace Codec.Server.Services;

/// <summary>
/// Refuses a call whose path is another spelling of its method's name, as gRPC does everywhere else. ASP.NET Core finds routes without
/// regard to case, while rules, audit and draining go by the name: <c>/CODEC.V1.ModelService/DeleteVersion</c> would escape the audit.
/// </summary>
internal static class ExactPaths
{
    /// <summary>Answers UNIMPLEMENTED where the path is not exactly the name of the method.</summary>
    public static void UseExactPaths(this IApplicationBuilder app) =>
        app.Use(
            static (context, next) =>
            {
                string? name = context.GetEndpoint()?.Metadata.GetMetadata<GrpcMethodMetadata>()?.Method.FullName;
                if (name is null || name == context.Request.Path.Value)
                    return next(context);

                context.Response.ContentType = "application/grpc";
                context.Response.Headers["grpc-status"] = $"{(int)StatusCode.Unimplemented}";
                context.Response.Headers[MessageHeader.Name] = MessageHeader.Encode($"There is no such method; the nearest is {name}.");
                return Task.CompletedTask;
            }
        );
}
