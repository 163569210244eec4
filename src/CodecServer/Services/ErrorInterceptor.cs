using Codec.Imaging;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Status = Google.Rpc.Status;

namespace Codec.Server.Services;

/// <summary>The one place where failures become statuses, with google.rpc details; what nobody expected is logged and not told.</summary>
internal sealed class ErrorInterceptor(Drain drain, ILogger<ErrorInterceptor> logger) : Interceptor
{
    /// <summary>The domain of every <see cref="ErrorInfo"/>.</summary>
    public const string Domain = "codec.v1";

    /// <summary>Health checks and reflection answer while the server drains.</summary>
    private const string OwnServices = "/codec.v1.";

    public override Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation) =>
        GuardAsync(context, () => continuation(request, context));

    public override Task<TResponse> ClientStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, ServerCallContext context, ClientStreamingServerMethod<TRequest, TResponse> continuation) =>
        GuardAsync(context, () => continuation(requestStream, context));

    public override Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request,
        IServerStreamWriter<TResponse> responseStream,
        ServerCallContext context,
        ServerStreamingServerMethod<TRequest, TResponse> continuation) =>
        GuardAsync(context, () => Ended(continuation(request, responseStream, context)));

    public override Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream,
        IServerStreamWriter<TResponse> responseStream,
        ServerCallContext context,
        DuplexStreamingServerMethod<TRequest, TResponse> continuation) =>
        GuardAsync(context, () => Ended(continuation(requestStream, responseStream, context)));

    private static async Task<bool> Ended(Task call)
    {
        await call;
        return true;
    }

    private static RpcException ToRpcException(RequestException exception)
    {
        var info = new ErrorInfo { Reason = exception.Reason, Domain = Domain, Metadata = { exception.Metadata.ToDictionary() } };
        var status = new Status { Message = exception.Message, Details = { Any.Pack(info) } };
        (StatusCode code, IMessage? details) = exception.Error switch
        {
            RequestError.InvalidArgument => (StatusCode.InvalidArgument, ToBadRequest(exception)),
            RequestError.NotFound => (StatusCode.NotFound, null),
            RequestError.AlreadyExists => (StatusCode.AlreadyExists, null),
            RequestError.FailedPrecondition => (StatusCode.FailedPrecondition, ToPreconditionFailure(exception)),
            RequestError.Aborted => (StatusCode.Aborted, null),
            RequestError.OutOfRange => (StatusCode.OutOfRange, null),
            RequestError.ResourceExhausted => (StatusCode.ResourceExhausted, null),
            RequestError.DataLoss => (StatusCode.DataLoss, null),
            RequestError.Unavailable => (StatusCode.Unavailable, (IMessage?)null),
            _ => throw new InvalidOperationException($"{exception.Error} has no status."),
        };
        status.Code = (int)code;
        if (details is not null)
        {
            status.Details.Add(Any.Pack(details));
        }

        if (exception.RetryAfter is { } delay)
        {
            status.Details.Add(Any.Pack(new RetryInfo { RetryDelay = Duration.FromTimeSpan(delay) }));
        }

        return status.ToRpcException();
    }

    private static BadRequest ToBadRequest(RequestException exception) => new()
    {
        FieldViolations =
        {
            exception.Violations.Select(violation => new BadRequest.Types.FieldViolation
            {
                Field = violation.Subject,
                Description = violation.Description,
            }),
        },
    };

    private static PreconditionFailure ToPreconditionFailure(RequestException exception) => new()
    {
        Violations =
        {
            exception.Violations.Select(violation => new PreconditionFailure.Types.Violation
            {
                Type = exception.Reason,
                Subject = violation.Subject,
                Description = violation.Description,
            }),
        },
    };

    private async Task<T> GuardAsync<T>(ServerCallContext context, Func<Task<T>> call)
    {
        try
        {
            using IDisposable? counted = context.Method.StartsWith(OwnServices, StringComparison.Ordinal) ? drain.Enter() : null;
            return await call();
        }
        catch (Exception exception) when (exception is not RpcException)
        {
            throw Map(exception, context);
        }
    }

    private RpcException Map(Exception exception, ServerCallContext context) => exception switch
    {
        RequestException known => Refuse(known, context),
        InvalidCodeException code => Refuse(RequestException.Invalid("frame", code.Message), context),
        InvalidModelException model => Refuse(RequestException.Invalid($"manifest.{model.Field}", model.Message), context),
        InvalidImageException image => Refuse(RequestException.Invalid("image.file", image.Message), context),
        _ when context.CancellationToken.IsCancellationRequested => new RpcException(new(StatusCode.Cancelled, "The caller ended the call.")),
        OperationCanceledException when drain.HasBegun => Refuse(RequestException.Draining(), context),
        _ => Fail(exception, context),
    };

    private RpcException Refuse(RequestException exception, ServerCallContext context)
    {
        if (exception is { Error: RequestError.ResourceExhausted, InnerException: not null })
        {
            ServerLog.StoreFull(logger, context.Method, exception);
        }
        else if (exception is { Error: RequestError.DataLoss, InnerException: not null })
        {
            ServerLog.StoreDamaged(logger, context.Method, exception);
        }
        else
        {
            ServerLog.Refused(logger, context.Method, exception.Error, exception.Reason, exception.Message);
        }

        return ToRpcException(exception);
    }

    private RpcException Fail(Exception exception, ServerCallContext context)
    {
        ServerLog.Unexpected(logger, context.Method, exception);
        return new RpcException(new(StatusCode.Internal, "The server failed unexpectedly; its log says why."));
    }
}
