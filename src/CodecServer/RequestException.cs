namespace Codec.Server;

/// <summary>Why a request cannot be served, in terms that do not depend on the transport.</summary>
internal enum RequestError
{
    /// <summary>The request is wrong whatever the server's state.</summary>
    InvalidArgument,

    /// <summary>What the request names does not exist.</summary>
    NotFound,

    /// <summary>What the request creates exists, and differs.</summary>
    AlreadyExists,

    /// <summary>The state of what the request names forbids it; changing that state comes first.</summary>
    FailedPrecondition,

    /// <summary>Another writer was there first: read again and decide again.</summary>
    Aborted,

    /// <summary>A position before the beginning or after the end.</summary>
    OutOfRange,

    /// <summary>A bound is reached: a queue, a limit, the disk.</summary>
    ResourceExhausted,

    /// <summary>Bytes are not what their digest or checksum says.</summary>
    DataLoss,

    /// <summary>The server is going away, or the stream must be opened again.</summary>
    Unavailable,
}

/// <summary>One thing that a request violates.</summary>
/// <param name="Subject">What is wrong: a field's path, or the name of what is missing.</param>
/// <param name="Description">How it is wrong and what would be right.</param>
internal sealed record Violation(string Subject, string Description);

/// <summary>A request cannot be served; <see cref="Services.ErrorInterceptor"/> turns this into a gRPC status, in one place.</summary>
/// <param name="error">The kind of failure.</param>
/// <param name="reason">A constant in UPPER_SNAKE_CASE that programs may compare.</param>
/// <param name="message">For people: the value, the allowed range, what to do.</param>
/// <param name="innerException">What caused it.</param>
internal sealed class RequestException(RequestError error, string reason, string message, Exception? innerException = null)
    : Exception(message, innerException)
{
    /// <summary>The kind of failure.</summary>
    public RequestError Error { get; } = error;

    /// <summary>A constant that programs may compare.</summary>
    public string Reason { get; } = reason;

    /// <summary>Values that programs may need: a committed size, a revision, a sequence.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();

    /// <summary>Each thing that the request violates.</summary>
    public IReadOnlyList<Violation> Violations { get; init; } = [];

    /// <summary>When trying again makes sense; null where it does not.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>A field of the request is wrong.</summary>
    public static RequestException Invalid(string field, string message) =>
        new(RequestError.InvalidArgument, "INVALID_FIELD", $"{field}: {message}") { Violations = [new(field, message)] };

    /// <summary>Something named does not exist.</summary>
    public static RequestException NotFound(string what, string name) =>
        new(RequestError.NotFound, "NOT_FOUND", $"There is no {what} '{name}'.") { Violations = [new(name, $"There is no such {what}.")] };

    /// <summary>A bound of concurrent work is reached; the caller should try again.</summary>
    public static RequestException Busy(string what, int limit) =>
        new(RequestError.ResourceExhausted, "BUSY", $"{what} is full ({limit}); try again in a moment.")
        {
            RetryAfter = TimeSpan.FromMilliseconds(100),
        };

    /// <summary>The server drains: streams end and nothing new begins.</summary>
    public static RequestException Draining() =>
        new(RequestError.Unavailable, "DRAINING", "The server is shutting down; connect again.") { RetryAfter = TimeSpan.FromSeconds(1) };
}
