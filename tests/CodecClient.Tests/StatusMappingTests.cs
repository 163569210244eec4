using Codec.Errors;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;
using RpcStatus = Google.Rpc.Status;
using Status = Grpc.Core.Status;

namespace Codec.Client.Tests;

public sealed class StatusMappingTests
{
    [Theory]
    [InlineData(StatusCode.NotFound, typeof(NotFoundException), false)]
    [InlineData(StatusCode.InvalidArgument, typeof(InvalidRequestException), false)]
    [InlineData(StatusCode.FailedPrecondition, typeof(InvalidRequestException), false)]
    [InlineData(StatusCode.OutOfRange, typeof(InvalidRequestException), false)]
    [InlineData(StatusCode.Aborted, typeof(ConflictException), false)]
    [InlineData(StatusCode.AlreadyExists, typeof(ConflictException), false)]
    [InlineData(StatusCode.DataLoss, typeof(CorruptDataException), false)]
    [InlineData(StatusCode.ResourceExhausted, typeof(UnavailableException), false)]
    [InlineData(StatusCode.Unavailable, typeof(UnavailableException), true)]
    [InlineData(StatusCode.DeadlineExceeded, typeof(UnavailableException), true)]
    [InlineData(StatusCode.Cancelled, typeof(UnavailableException), true)]
    [InlineData(StatusCode.Internal, typeof(ServerException), false)]
    [InlineData(StatusCode.Unauthenticated, typeof(AccessDeniedException), false)]
    [InlineData(StatusCode.PermissionDenied, typeof(AccessDeniedException), false)]
    public void ToCodecException_Status_KeepsTheStatusTheMessageAndTheCause(StatusCode status, System.Type expected, bool transient)
    {
        var cause = new RpcException(new Status(status, "what happened"));
        CodecException exception = cause.ToCodecException();
        Assert.IsType(expected, exception);
        Assert.Equal((status, "what happened", transient), (exception.Status, exception.Message, exception.IsTransient));
        Assert.Same(cause, exception.InnerException);
    }

    [Theory]
    [InlineData("CREDENTIAL_ENDED", true)]
    [InlineData("WRONG_CREDENTIAL", false)]
    public void ToCodecException_Unauthenticated_IsTriedAgainOnlyWhenARunningStreamEnded(string reason, bool transient)
    {
        var status = new RpcStatus { Code = (int)StatusCode.Unauthenticated, Message = "refused" };
        status.Details.Add(Any.Pack(new ErrorInfo { Reason = reason }));

        var exception = Assert.IsType<AccessDeniedException>(status.ToRpcException().ToCodecException());

        Assert.Equal((StatusCode.Unauthenticated, transient), (exception.Status, exception.IsTransient));
    }

    [Theory]
    [InlineData("Received message exceeds the maximum configured message size.")]
    [InlineData("Sending message exceeds the maximum configured message size.")]
    public void ToCodecException_MessageTooLarge_NamesTheBoundToRaise(string detail)
    {
        var cause = new RpcException(new Status(StatusCode.ResourceExhausted, detail));
        var exception = Assert.IsType<InvalidRequestException>(cause.ToCodecException());
        Assert.StartsWith(detail, exception.Message, StringComparison.Ordinal);
        Assert.Contains("--max-message-bytes", exception.Message, StringComparison.Ordinal);
        Assert.Same(cause, exception.InnerException);
    }

    [Fact]
    public void UnsupportedModel_KeepsTheStatusTheMessageAndTheCause()
    {
        var cause = new RuntimeUnavailableException("head image", "It is missing.");
        CodecException exception = new UnsupportedModelException("what is missing", cause);
        Assert.Equal((StatusCode.Unimplemented, "what is missing", false), (exception.Status, exception.Message, exception.IsTransient));
        Assert.Same(cause, exception.InnerException);
    }

    [Fact]
    public void ToCodecException_ConnectionResetUnderTheCall_IsTransient()
    {
        var reset = new RpcException(new Status(StatusCode.Internal, "reset", new IOException()));
        Assert.True(Assert.IsType<UnavailableException>(reset.ToCodecException()).IsTransient);
    }

    [Fact]
    public void ToCodecException_LostCompareAndSwap_HasTheRevision()
    {
        CodecException exception = Refusal(StatusCode.Aborted, new ErrorInfo { Metadata = { ["revision"] = "7" } }).ToCodecException();
        Assert.Equal(7, Assert.IsType<ConflictException>(exception).CurrentRevision);
    }

    [Fact]
    public void ToCodecException_SequenceOutsideTheLog_HasBothEnds()
    {
        var info = new ErrorInfo { Metadata = { ["first_sequence"] = "5", ["next_sequence"] = "9" } };
        var exception = Assert.IsType<SequenceException>(Refusal(StatusCode.OutOfRange, info).ToCodecException());
        Assert.Equal((5, 9), (exception.FirstSequence, exception.NextSequence));
    }

    [Fact]
    public void ToCodecException_DamagedCodes_HasBothSequences()
    {
        var info = new ErrorInfo { Metadata = { ["first_sequence"] = "5", ["next_sequence"] = "9" } };
        var exception = Assert.IsType<CorruptDataException>(Refusal(StatusCode.DataLoss, info).ToCodecException());
        Assert.Equal((5, 9), (exception.Sequence, exception.NextSequence));
    }

    [Fact]
    public void ToCodecException_FullQueue_HasTheRetryDelay()
    {
        var info = new RetryInfo { RetryDelay = Duration.FromTimeSpan(TimeSpan.FromMilliseconds(100)) };
        var exception = Assert.IsType<UnavailableException>(Refusal(StatusCode.ResourceExhausted, info).ToCodecException());
        Assert.Equal((true, TimeSpan.FromMilliseconds(100)), (exception.IsTransient, exception.RetryAfter));
    }

    [Fact]
    public void ToCodecException_MalformedDetails_IsMappedWithoutThem()
    {
        var trailers = new Metadata { { "grpc-status-details-bin", [0xFF, 0xFF, 0xFF] } };
        var exception = new RpcException(new Status(StatusCode.Aborted, "lost"), trailers);
        Assert.Null(Assert.IsType<ConflictException>(exception.ToCodecException()).CurrentRevision);
    }

    [Fact]
    public void ToCodecException_FencedProducer_HasItsOwnType()
    {
        CodecException exception = Refusal(StatusCode.Aborted, new ErrorInfo { Reason = "PRODUCER_FENCED" }).ToCodecException();
        Assert.IsType<ProducerFencedException>(exception);
    }

    [Theory]
    [InlineData(StatusCode.FailedPrecondition)]
    [InlineData(StatusCode.OutOfRange)]
    public void ToCodecException_ForgottenProducer_HasItsOwnType(StatusCode status)
    {
        CodecException exception = Refusal(status, new ErrorInfo { Reason = "PRODUCER_FORGOTTEN" }).ToCodecException();
        Assert.Equal(status, Assert.IsType<ProducerForgottenException>(exception).Status);
    }

    [Theory]
    [InlineData(StatusCode.NotFound)]
    [InlineData(StatusCode.InvalidArgument)]
    [InlineData(StatusCode.Aborted)]
    [InlineData(StatusCode.DataLoss)]
    [InlineData(StatusCode.ResourceExhausted)]
    [InlineData(StatusCode.Unavailable)]
    [InlineData(StatusCode.Internal)]
    [InlineData((StatusCode)99)]
    public void ToCodecException_RefusalWithinAStream_IsWhatACallWithThisStatusFailsWith(StatusCode status)
    {
        var refusal = new RpcStatus { Code = (int)status, Message = "what happened" };
        CodecException ofItem = refusal.ToCodecException();
        CodecException ofCall = new RpcException(new Status(status, "what happened")).ToCodecException();
        Assert.Equal(ofCall.GetType(), ofItem.GetType());
        Assert.Equal((ofCall.Status, ofCall.Message, ofCall.IsTransient), (ofItem.Status, ofItem.Message, ofItem.IsTransient));
    }

    [Fact]
    public void ToCodecException_DelayOutsideItsRange_IsMappedWithoutIt()
    {
        var retry = new RetryInfo { RetryDelay = new Duration { Seconds = long.MaxValue } };
        CodecException exception = Refusal(StatusCode.ResourceExhausted, retry).ToCodecException();
        Assert.Null(Assert.IsType<UnavailableException>(exception).RetryAfter);
    }

    private static RpcException Refusal(StatusCode code, IMessage detail) =>
        new RpcStatus
        {
            Code = (int)code,
            Message = "refused",
            Details = { Any.Pack(detail) },
        }.ToRpcException();
}
