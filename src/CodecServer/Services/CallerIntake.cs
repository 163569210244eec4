using Codec.Server.Identity;
using Codec.Server.Limits;
using Codec.Server.Network;
using Google.Protobuf;
using Grpc.AspNetCore.Server;
using Grpc.Core;
using Microsoft.AspNetCore.Connections.Features;

namespace Codec.Server.Services;

/// <summary>
/// Authenticates the caller of each call, and refuses it unless there is a place for it and the rule of its method admits it: before a
/// message takes room or is read. Calls that concern a channel are checked again when the channel is known.
/// </summary>
internal sealed class CallerIntake(
    RequestDelegate next,
    Authenticator authenticator,
    ServerLimits limits,
    AuditLog audit,
    Refusals refusals,
    TimeProvider time
)
{
    /// <summary>Runs the call in the caller's name.</summary>
    public async Task InvokeAsync(HttpContext context)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<GrpcMethodMetadata>()?.Method is not { } method)
        {
            await next(context);
            return;
        }

        // By address: a name is proven only later, at some cost.
        var payer = new Payer(CallerAddress.Of(context.Connection.RemoteIpAddress), context.Connection.Id, "");
        using FairBudget.Reservation? place = limits.Calls.TryTake(payer);
        if (place is null)
        {
            RefuseFurther(context, payer);
            return;
        }

        CallRule rule = CallRules.Of(method.FullName);
        Caller caller = Authenticator.Stranger(context);
        try
        {
            if (!rule.IsPublic)
            {
                caller = await authenticator.AuthenticateAsync(context);
                if (!rule.Admits(caller))
                    throw rule.Refusal(caller);
            }
        }
        catch (RequestException refusal)
        {
            audit.Deny(caller, method.Name, refusal);
            Answer(context.Response, refusal);
            return;
        }

        bool isChecked = !rule.IsPublic && method.Type != MethodType.Unary;
        using var session = new CallerSession(caller, isChecked ? authenticator.IsStillValid : null, time);
        context.Features.Set(session);
        await next(context);
    }

    /// <summary>
    /// Refuses a call for which there is no place. A connection that has none at all is closed if its address has calls on others: a
    /// hundred refused calls on each of many connections would take what the places save.
    /// </summary>
    private void RefuseFurther(HttpContext context, Payer payer)
    {
        Answer(context.Response, limits.Calls.Refusal(payer));
        refusals.CountCall(payer.Caller);
        if (limits.Calls.HeldBy(payer) is (> 0, 0))
            context.Features.Get<IConnectionLifetimeFeature>()?.Abort();
    }

    /// <summary>Writes a status as gRPC does for a call without an answer: as headers alone.</summary>
    private static void Answer(HttpResponse response, RequestException refusal)
    {
        Google.Rpc.Status status = refusal.ToStatus();
        response.ContentType = "application/grpc";
        response.Headers["grpc-status"] = $"{status.Code}";
        response.Headers[MessageHeader.Name] = MessageHeader.Encode(status.Message);
        response.Headers["grpc-status-details-bin"] = Convert.ToBase64String(status.ToByteArray());
    }
}
