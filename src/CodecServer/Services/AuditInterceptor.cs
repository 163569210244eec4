using Codec.Server.Identity;
using Grpc.Core;
using Grpc.Core.Interceptors;

namespace Codec.Server.Services;

/// <summary>Records the calls that change models, aliases, channels and consumers, with their outcome. All of them are unary.</summary>
internal sealed class AuditInterceptor(AuditLog audit) : Interceptor
{
    private static readonly object OutcomeKey = new();

    /// <summary>Sets the outcome of a call that succeeds, where it is another one than <see cref="AuditLog.Done"/>.</summary>
    public static void SetOutcome(ServerCallContext context, string outcome) => context.UserState[OutcomeKey] = outcome;

    public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request,
        ServerCallContext context,
        UnaryServerMethod<TRequest, TResponse> continuation
    )
    {
        if (!CallRules.Of(context.Method).IsAudited)
            return await continuation(request, context);

        try
        {
            TResponse response = await continuation(request, context);
            Record(
                TargetOf(request, response),
                context.UserState.TryGetValue(OutcomeKey, out object? outcome) ? (string)outcome : AuditLog.Done
            );
            return response;
        }
        catch (Exception exception)
        {
            // A denied call is recorded where all of them are, within a bound.
            RequestException? refusal = RequestRefusal.Of(exception);
            if (refusal is not { Error: RequestError.PermissionDenied })
                Record(TargetOf(request, response: null), refusal?.Reason ?? "FAILED");

            throw;
        }

        void Record(string target, string outcome) =>
            audit.Record(context.GetCaller(), context.Method[(context.Method.LastIndexOf('/') + 1)..], target, outcome);
    }

    private static string Describe(V1.Alias alias) =>
        $"{alias.Model}@{alias.Name} at revision {alias.Revision} to "
        + (
            alias.Targets.Count == 0
                ? alias.Digest
                : string.Join(", ", alias.Targets.Select(target => $"{target.Digest} (weight {target.Weight})"))
        );

    private static string TargetOf(object request, object? response) =>
        (request, response) switch
        {
            (_, V1.PublishVersionResponse published) => $"{published.Version.Model}@sha256:{published.Version.Digest}",
            (V1.PublishVersionRequest, _) => "version",
            (V1.DeleteVersionRequest version, _) => StatusMessages.Cut(
                $"{version.Model}@sha256:{version.Digest}{(version.Force ? " by force" : "")}"
            ),
            (_, V1.SetAliasResponse moved) => Describe(moved.Alias),
            (_, V1.RollbackAliasResponse moved) => Describe(moved.Alias),
            (V1.SetAliasRequest alias, _) => StatusMessages.Cut($"{alias.Model}@{alias.Name}"),
            (V1.RollbackAliasRequest alias, _) => StatusMessages.Cut($"{alias.Model}@{alias.Name}"),
            (V1.DeleteAliasRequest alias, _) => StatusMessages.Cut($"{alias.Model}@{alias.Name}"),
            (V1.CreateChannelRequest channel, _) => StatusMessages.Cut($"channel {channel.Name}"),
            (V1.DeleteChannelRequest channel, _) => StatusMessages.Cut($"channel {channel.Name}"),
            (V1.DeleteConsumerRequest consumer, _) => StatusMessages.Cut($"consumer {consumer.Consumer} of {consumer.Channel}"),
            _ => throw new InvalidOperationException($"{request.GetType().Name} has no target for the audit."),
        };
}
