using Codec.Server.Hosting;
using Codec.Server.Identity;
using Codec.Server.Limits;
using Grpc.Core;
using Grpc.Core.Interceptors;

namespace Codec.Server.Services;

/// <summary>
/// Maps every failure to a status with google.rpc details, in one place. An unexpected failure is logged and not disclosed. Every answer
/// must be read in time.
/// </summary>
internal sealed class ErrorInterceptor(
    Drain drain,
    ServerLimits limits,
    AuditLog audit,
    TimeProvider time,
    ILogger<ErrorInterceptor> logger
) : Interceptor
{
    /// <summary>Prefix of the methods that draining refuses; health checks and reflection still answer.</summary>
    private const string OwnServices = "/codec.v1.";

    public override Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request,
        ServerCallContext context,
        UnaryServerMethod<TRequest, TResponse> continuation
    ) =>
        GuardAsync(
            context,
            async () =>
            {
                TResponse answer = await continuation(request, context);
                context.Messages().BeginAnswer(limits.AnswerTime);
                return answer;
            }
        );

    public override Task<TResponse> ClientStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream,
        ServerCallContext context,
        ClientStreamingServerMethod<TRequest, TResponse> continuation
    ) => GuardAsync(context, () => continuation(new RequestReader<TRequest>(requestStream, context.Messages()), context));

    public override Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request,
        IServerStreamWriter<TResponse> responseStream,
        ServerCallContext context,
        ServerStreamingServerMethod<TRequest, TResponse> continuation
    ) => GuardAsync(context, () => Ended(continuation(request, InTime(responseStream, context), context)));

    public override Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream,
        IServerStreamWriter<TResponse> responseStream,
        ServerCallContext context,
        DuplexStreamingServerMethod<TRequest, TResponse> continuation
    ) =>
        GuardAsync(
            context,
            () =>
                Ended(
                    continuation(
                        new RequestReader<TRequest>(requestStream, context.Messages(), EndOfForeign(context)),
                        InTime(responseStream, context),
                        context
                    )
                )
        );

    private static bool IsOwn(ServerCallContext context) => context.Method.StartsWith(OwnServices, StringComparison.Ordinal);

    /// <summary>The end of the caller's credential, for a library's service such as reflection: ours end their streams.</summary>
    private static CancellationToken EndOfForeign(ServerCallContext context) =>
        IsOwn(context) ? CancellationToken.None : context.GetSession().Ended;

    private AnswerWriter<T> InTime<T>(IServerStreamWriter<T> answers, ServerCallContext context) =>
        new(answers, context, limits.AnswerTime, time);

    private static async Task<bool> Ended(Task call)
    {
        await call;
        return true;
    }

    private async Task<T> GuardAsync<T>(ServerCallContext context, Func<Task<T>> call)
    {
        MalformedRequests.Reached(context.GetHttpContext());
        try
        {
            using IDisposable? counted = IsOwn(context) ? drain.Enter() : null;
            return await call();
        }
        catch (Exception exception)
        {
            throw Map(exception, context);
        }
    }

    private RpcException Map(Exception exception, ServerCallContext context) =>
        exception switch
        {
            _ when RequestRefusal.Of(exception) is { } refusal => Refuse(refusal, context),
            _ when context.CancellationToken.IsCancellationRequested => new RpcException(
                new(StatusCode.Cancelled, "The caller ended the call.")
            ),
            OperationCanceledException when context.GetSession().Ended.IsCancellationRequested => Refuse(Authenticator.Ended(), context),
            OperationCanceledException when drain.HasBegun => Refuse(RequestException.Draining(), context),

            // Handlers do not throw statuses themselves: gRPC threw this one while it read a message of a stream.
            RpcException read => read,
            _ => Fail(exception, context),
        };

    private RpcException Refuse(RequestException exception, ServerCallContext context)
    {
        if (exception.Error is RequestError.PermissionDenied or RequestError.Unauthenticated)
        {
            audit.Deny(context.GetCaller(), context.Method[(context.Method.LastIndexOf('/') + 1)..], exception);
        }
        else if (exception is { Error: RequestError.ResourceExhausted, InnerException: { } cause })
        {
            ServerLog.StoreFull(logger, context.Method, cause.Message);
        }
        else if (exception is { Error: RequestError.DataLoss, InnerException: not null })
        {
            ServerLog.StoreDamaged(logger, context.Method, exception);
        }
        else
        {
            ServerLog.Refused(logger, context.Method, exception.Error, exception.Reason, StatusMessages.Cut(exception.Message));
        }

        return exception.ToStatus().ToRpcException();
    }

    private RpcException Fail(Exception exception, ServerCallContext context)
    {
        ServerLog.Unexpected(logger, context.Method, exception);
        return new RpcException(new(StatusCode.Internal, "The server failed unexpectedly; its log has the cause."));
    }
}
