using System.Text;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;
using Status = Google.Rpc.Status;

namespace Codec.Server.Services;

/// <summary>Maps refusals to statuses with google.rpc details, bounded in size.</summary>
internal static class StatusMessages
{
    /// <summary>The domain of every <see cref="ErrorInfo"/>.</summary>
    public const string Domain = "codec.v1";

    /// <summary>
    /// Maximum number of bytes of a message or of a detail's text. A status is sent as headers: the message, with three bytes for each byte
    /// that is not printable ASCII, and the details in base64, four thirds of their size. Together they stay below 4 KiB; clients allow 8
    /// KiB or more.
    /// </summary>
    private const int MaxTextBytes = 384;

    /// <summary>Maximum number of bytes of the details.</summary>
    private const int MaxDetailBytes = 1536;

    /// <summary>Serializes the status of a refusal, in the form in which the channel log records it.</summary>
    public static byte[] Write(RequestException refusal) => refusal.ToStatus().ToByteArray();

    /// <summary>Maps a refusal to its status.</summary>
    public static Status ToStatus(this RequestException refusal)
    {
        var status = new Status { Code = (int)ToCode(refusal.Error), Message = Cut(refusal.Message) };
        var info = new ErrorInfo { Reason = refusal.Reason, Domain = Domain };
        foreach ((string key, string value) in refusal.Metadata)
            info.Metadata.Add(key, Cut(value));

        // The details that programs need most come first: one that does not fit is left out, and the message still contains it.
        Add(status, info);
        if (refusal.RetryAfter is { } delay)
            Add(status, new RetryInfo { RetryDelay = Duration.FromTimeSpan(delay) });

        switch (refusal.Error)
        {
            case RequestError.InvalidArgument:
                var request = new BadRequest();
                AddEach(
                    status,
                    request,
                    request.FieldViolations,
                    refusal,
                    violation => new BadRequest.Types.FieldViolation
                    {
                        Field = Cut(violation.Subject),
                        Description = Cut(violation.Description),
                    }
                );
                break;
            case RequestError.FailedPrecondition:
                var precondition = new PreconditionFailure();
                AddEach(
                    status,
                    precondition,
                    precondition.Violations,
                    refusal,
                    violation => new PreconditionFailure.Types.Violation
                    {
                        Type = refusal.Reason,
                        Subject = Cut(violation.Subject),
                        Description = Cut(violation.Description),
                    }
                );
                break;
        }

        return status;
    }

    /// <summary>Cuts a text between two characters, to <see cref="MaxTextBytes"/> bytes in a header.</summary>
    internal static string Cut(string text)
    {
        int bytes = 0;
        int length = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            // A status message is percent-encoded: three bytes for each byte that is not printable ASCII.
            bytes += rune.Value is >= ' ' and <= '~' ? 1 : 3 * rune.Utf8SequenceLength;
            if (bytes > MaxTextBytes)
                return text[..length] + "…";

            length += rune.Utf16SequenceLength;
        }

        return text;
    }

    private static StatusCode ToCode(RequestError error) =>
        error switch
        {
            RequestError.InvalidArgument => StatusCode.InvalidArgument,
            RequestError.NotFound => StatusCode.NotFound,
            RequestError.AlreadyExists => StatusCode.AlreadyExists,
            RequestError.FailedPrecondition => StatusCode.FailedPrecondition,
            RequestError.Aborted => StatusCode.Aborted,
            RequestError.OutOfRange => StatusCode.OutOfRange,
            RequestError.ResourceExhausted => StatusCode.ResourceExhausted,
            RequestError.DataLoss => StatusCode.DataLoss,
            RequestError.Unauthenticated => StatusCode.Unauthenticated,
            RequestError.PermissionDenied => StatusCode.PermissionDenied,
            RequestError.Unavailable => StatusCode.Unavailable,
            _ => throw new InvalidOperationException($"{error} has no status."),
        };

    private static bool Add(Status status, IMessage detail)
    {
        Any packed = Any.Pack(detail);
        if (status.CalculateSize() - Encoding.UTF8.GetByteCount(status.Message) + packed.CalculateSize() > MaxDetailBytes)
            return false;

        status.Details.Add(packed);
        return true;
    }

    /// <summary>Adds a detail with as many violations as fit.</summary>
    private static void AddEach<T>(
        Status status,
        IMessage detail,
        ICollection<T> items,
        RequestException refusal,
        Func<Violation, T> convert
    )
    {
        foreach (Violation violation in refusal.Violations)
        {
            items.Add(convert(violation));
            if (status.CalculateSize() + detail.CalculateSize() > MaxDetailBytes)
            {
                items.Remove(items.Last());
                break;
            }
        }

        if (items.Count > 0)
            Add(status, detail);
    }
}
