namespace Codec.Server;

/// <summary>Why a request cannot be served, in terms that do not depend on the transport.</summary>
internal enum RequestError
{
    /// <summary>The request is invalid, independently of the server's state.</summary>
    InvalidArgument,

    /// <summary>The named resource does not exist.</summary>
    NotFound,

    /// <summary>The resource to create already exists and differs from the request.</summary>
    AlreadyExists,

    /// <summary>The state of the named resource forbids the request; the caller must change that state first.</summary>
    FailedPrecondition,

    /// <summary>Another writer was first; the caller must read again and decide again.</summary>
    Aborted,

    /// <summary>A position is before the start or after the end.</summary>
    OutOfRange,

    /// <summary>A bound is reached: a queue, a limit, the disk.</summary>
    ResourceExhausted,

    /// <summary>Bytes do not match their digest or checksum.</summary>
    DataLoss,

    /// <summary>The caller proved no name: its credential is missing, wrong, expired or revoked.</summary>
    Unauthenticated,

    /// <summary>The caller may not do this.</summary>
    PermissionDenied,

    /// <summary>The server is shutting down, or the stream must be opened again.</summary>
    Unavailable,
}

/// <summary>One violation of a request.</summary>
/// <param name="Subject">A field's path, or the name of the missing or conflicting resource.</param>
/// <param name="Description">The problem and the remedy.</param>
internal sealed record Violation(string Subject, string Description);

/// <summary>A request cannot be served. Services/ErrorInterceptor maps this to a gRPC status.</summary>
/// <param name="error">The kind of failure.</param>
/// <param name="reason">A constant in UPPER_SNAKE_CASE that programs may compare.</param>
/// <param name="message">For people: the value, the allowed range, the remedy.</param>
/// <param name="innerException">The failure that caused it, if any.</param>
internal sealed class RequestException(RequestError error, string reason, string message, Exception? innerException = null)
    : Exception(message, innerException)
{
    /// <summary>The kind of failure.</summary>
    public RequestError Error { get; } = error;

    /// <summary>A constant that programs may compare.</summary>
    public string Reason { get; } = reason;

    /// <summary>Values that programs may need: a committed size, a revision, a sequence.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();

    /// <summary>The violations, one for each field or resource; may be empty.</summary>
    public IReadOnlyList<Violation> Violations { get; init; } = [];

    /// <summary>The delay before the next attempt; null if another attempt would not help.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>A field of the request is invalid.</summary>
    public static RequestException Invalid(string field, string message) =>
        new(RequestError.InvalidArgument, "INVALID_FIELD", $"{field}: {message}") { Violations = [new(field, message)] };

    /// <summary>A named resource does not exist.</summary>
    public static RequestException NotFound(string what, string name) =>
        new(RequestError.NotFound, "NOT_FOUND", $"There is no {what} '{name}'.") { Violations = [new(name, $"There is no such {what}.")] };

    /// <summary>A bound on concurrent work is reached; the caller should try again.</summary>
    public static RequestException Busy(string what, long limit) => Busy($"{what} is full ({limit})");

    /// <summary>The same for another cause.</summary>
    /// <param name="cause">A sentence without its full stop.</param>
    public static RequestException Busy(string cause) =>
        new(RequestError.ResourceExhausted, "BUSY", $"{cause}; try again in a moment.") { RetryAfter = TimeSpan.FromMilliseconds(100) };

    /// <summary>The server is draining: streams end and no call may begin.</summary>
    public static RequestException Draining() =>
        new(RequestError.Unavailable, "DRAINING", "The server is shutting down; connect again.") { RetryAfter = TimeSpan.FromSeconds(1) };
}
