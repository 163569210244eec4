namespace Codec.Server;

/// <summary>
/// Everything that the server logs. Event ids are stable: 1xx life cycle, 2xx models, 3xx calls, 4xx stores, 5xx identity.
/// </summary>
internal static partial class ServerLog
{
    [LoggerMessage(101, LogLevel.Information, "Listening on {Address}, data in {Store}")]
    public static partial void Listening(ILogger logger, string address, string store);

    [LoggerMessage(102, LogLevel.Information, "Ready: {Recovered} live versions, {Channels} channels")]
    public static partial void Ready(ILogger logger, int recovered, int channels);

    [LoggerMessage(103, LogLevel.Information, "Draining: streams end, and no call may begin")]
    public static partial void Draining(ILogger logger);

    [LoggerMessage(104, LogLevel.Error, "The live version of {Model} cannot be loaded")]
    public static partial void RecoveryFailed(ILogger logger, string model, Exception exception);

    [LoggerMessage(105, LogLevel.Critical, "{Reason}")]
    public static partial void CannotStart(ILogger logger, string reason);

    [LoggerMessage(106, LogLevel.Information, "Listening on {Address} for operations: health and metrics, in clear text")]
    public static partial void ListeningForOperations(ILogger logger, string address);

    [LoggerMessage(107, LogLevel.Information, "Using the certificate {Subject}, valid until {NotAfter:u}")]
    public static partial void CertificateLoaded(ILogger logger, string subject, DateTimeOffset notAfter);

    [LoggerMessage(
        108,
        LogLevel.Error,
        "The files of the certificate changed and cannot be used; the previous certificate stays in use. {Problem}"
    )]
    public static partial void CertificateRefused(ILogger logger, string problem);

    [LoggerMessage(109, LogLevel.Warning, "{Problem}")]
    public static partial void CertificateNotValid(ILogger logger, string problem);

    [LoggerMessage(112, LogLevel.Information, "The standard input ended; the server stops with the program that started it")]
    public static partial void InputEnded(ILogger logger);

    [LoggerMessage(201, LogLevel.Information, "Loaded {Model} {Version}")]
    public static partial void ModelLoaded(ILogger logger, string model, string version);

    [LoggerMessage(202, LogLevel.Information, "Published {Model} {Version}, which ships with this server, and moved live to it")]
    public static partial void ShippedModelPublished(ILogger logger, string model, string version);

    [LoggerMessage(
        208,
        LogLevel.Warning,
        "Deleted {Model} {Version} by force; {Codes} codes in {Channels} channels can no longer be decoded"
    )]
    public static partial void VersionAbandoned(ILogger logger, string model, string version, long codes, int channels);

    [LoggerMessage(205, LogLevel.Error, "The shipped model {File} cannot be published")]
    public static partial void ShippingFailed(ILogger logger, string file, Exception exception);

    [LoggerMessage(206, LogLevel.Information, "The blobs of {Model} {Version} are intact again")]
    public static partial void ModelRepaired(ILogger logger, string model, string version);

    [LoggerMessage(207, LogLevel.Information, "Deleted {Blobs} blobs and {Uploads} uploads, {Bytes} bytes, unlisted for {Hours} h")]
    public static partial void BlobsCollected(ILogger logger, int blobs, int uploads, long bytes, int hours);

    [LoggerMessage(301, LogLevel.Debug, "{Method} refused: {Error} {Reason}: {Message}")]
    public static partial void Refused(ILogger logger, string method, RequestError error, string reason, string message);

    [LoggerMessage(302, LogLevel.Warning, "{Method} refused: the store is full: {Cause}")]
    public static partial void StoreFull(ILogger logger, string method, string cause);

    [LoggerMessage(303, LogLevel.Error, "{Method} refused: stored data is damaged")]
    public static partial void StoreDamaged(ILogger logger, string method, Exception exception);

    [LoggerMessage(304, LogLevel.Error, "{Method} failed unexpectedly")]
    public static partial void Unexpected(ILogger logger, string method, Exception exception);

    [LoggerMessage(305, LogLevel.Warning, "The codes {First} to {Last} of {Channel} are damaged: {Problem}")]
    public static partial void CodesDamaged(ILogger logger, string channel, long first, long last, string problem);

    [LoggerMessage(401, LogLevel.Error, "The work after a commit failed; the write itself is stored and was answered")]
    public static partial void AfterCommitFailed(ILogger logger, Exception exception);

    [LoggerMessage(
        402,
        LogLevel.Error,
        "A group of writes failed unexpectedly; the failure was returned to its callers, and the writer continues"
    )]
    public static partial void WriterFailed(ILogger logger, Exception exception);

    [LoggerMessage(403, LogLevel.Error, "The sweep of the {What} failed; the next one tries again")]
    public static partial void SweepFailed(ILogger logger, string what, Exception exception);

    [LoggerMessage(405, LogLevel.Error, "The blob {Digest} is damaged, and counts as missing until it is uploaded again: {Path}")]
    public static partial void BlobDamaged(ILogger logger, string digest, string path);

    [LoggerMessage(
        404,
        LogLevel.Warning,
        "{Path} ({Bytes} bytes, {Room} bytes free on the disk) reuses its free pages but cannot return them to the disk: "
            + "an older server created it, and it is too large, or the disk too full, to rewrite it now. Stop the server and run: sqlite3 {Path} 'PRAGMA auto_vacuum = 2; VACUUM'"
    )]
    public static partial void CannotReturnSpace(ILogger logger, string path, long bytes, long room);

    [LoggerMessage(
        406,
        LogLevel.Warning,
        "The disk is full: reads and deletions work, other writes are refused until {Bytes} bytes are free at {Path}. "
            + "Delete channels or versions, or enlarge the disk"
    )]
    public static partial void DiskIsFull(ILogger logger, long bytes, string path);

    [LoggerMessage(
        407,
        LogLevel.Information,
        "The disk has room again: {Bytes} bytes are set aside for deletions, and writes are carried out"
    )]
    public static partial void DiskHasRoom(ILogger logger, long bytes);

    [LoggerMessage(408, LogLevel.Warning, "--accept-loss: {Loss}")]
    public static partial void LossAccepted(ILogger logger, string loss);

    [LoggerMessage(501, LogLevel.Information, "{Action} {Target}: {Outcome}, by '{Caller}' ({Credential}) from {Address}")]
    public static partial void Audit(
        ILogger logger,
        string action,
        string target,
        string outcome,
        string caller,
        string credential,
        string address
    );

    [LoggerMessage(502, LogLevel.Information, "{Action} denied: {Reason}: {Message} By '{Caller}' ({Credential}) from {Address}")]
    public static partial void Denied(
        ILogger logger,
        string action,
        string reason,
        string message,
        string caller,
        string credential,
        string address
    );

    [LoggerMessage(
        110,
        LogLevel.Warning,
        "Each endpoint accepts {Connections} connections instead of {Wanted} (--max-connections): this process may open {Files} files. Raise its limit (ulimit -n)"
    )]
    public static partial void ConnectionsReduced(ILogger logger, int connections, int wanted, long files);

    [LoggerMessage(
        111,
        LogLevel.Warning,
        "{Count} connections were refused, the last one of {Address}: it has its part of them or of calls (--address-percent), "
            + "or all are taken (--max-connections)"
    )]
    public static partial void ConnectionsRefused(ILogger logger, int count, string address);

    [LoggerMessage(
        113,
        LogLevel.Warning,
        "{Count} connections were closed, the last one of {Address}, because unread bytes filled the buffers (--buffer-bytes)"
    )]
    public static partial void ConnectionsClosed(ILogger logger, int count, string address);

    [LoggerMessage(
        114,
        LogLevel.Warning,
        "{Count} calls were refused, the last one of {Address}: it has its part of them (--address-percent), all are taken (--max-calls), "
            + "or the server is short of memory"
    )]
    public static partial void CallsRefused(ILogger logger, int count, string address);

    [LoggerMessage(503, LogLevel.Information, "{Count} further calls were denied and are not recorded one by one")]
    public static partial void DenialsNotRecorded(ILogger logger, int count);

    [LoggerMessage(
        504,
        LogLevel.Warning,
        "--allow-anonymous: calls without a credential may do everything, from any host that reaches {Address}"
    )]
    public static partial void AnonymousAllowed(ILogger logger, string address);

    [LoggerMessage(505, LogLevel.Warning, "No caller can prove a name yet: create a key with the command keys, or write {File}")]
    public static partial void NoCredentials(ILogger logger, string file);

    [LoggerMessage(506, LogLevel.Error, "The credentials could not be read again; those that were read before are used: {Problem}")]
    public static partial void CredentialsUnreadable(ILogger logger, string problem);

    [LoggerMessage(508, LogLevel.Warning, "{Problem} Until they can, no token is accepted; other credentials are")]
    public static partial void IssuerKeysUnreadable(ILogger logger, string problem);

    [LoggerMessage(509, LogLevel.Warning, "Of the keys of tokens in {Place}, {Unfit}")]
    public static partial void IssuerKeysUnfit(ILogger logger, string place, string unfit);

    [LoggerMessage(507, LogLevel.Error, "A token could not be checked")]
    public static partial void TokenCheckFailed(ILogger logger, Exception exception);
}
