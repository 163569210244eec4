using Codec.Models;
using Microsoft.Extensions.Logging;

namespace Codec.Client;

/// <summary>
/// All log messages of the client. A retry is logged as a warning at most once a minute for each operation, otherwise at Debug.
/// </summary>
internal static partial class ClientLog
{
    [LoggerMessage(1, LogLevel.Warning, "Could not {Operation}; trying again in {Delay} (failure {Failures} in a row): {Reason}")]
    public static partial void TryingAgain(ILogger logger, string operation, TimeSpan delay, int failures, string reason);

    [LoggerMessage(2, LogLevel.Warning, "The cache {Directory} cannot be used; blobs are kept in memory only")]
    public static partial void CacheUnusable(ILogger logger, string directory, Exception exception);

    [LoggerMessage(3, LogLevel.Warning, "The cached blob {Digest} is damaged; it is removed and downloaded again")]
    public static partial void CacheDamaged(ILogger logger, Digest digest);

    [LoggerMessage(4, LogLevel.Debug, "Removed {Digest} ({Bytes} bytes) from the cache to stay within its bound")]
    public static partial void CacheEvicted(ILogger logger, string digest, long bytes);

    [LoggerMessage(5, LogLevel.Debug, "Downloaded {Digest} ({Bytes} bytes)")]
    public static partial void Fetched(ILogger logger, Digest digest, long bytes);

    [LoggerMessage(6, LogLevel.Debug, "Loaded {Model}@sha256:{Version}")]
    public static partial void Loaded(ILogger logger, string model, Digest version);

    [LoggerMessage(7, LogLevel.Debug, "{Channel}: codes from sequence {Sequence} on are of {Model}@sha256:{Version}")]
    public static partial void VersionChanged(ILogger logger, string channel, long sequence, string model, string version);

    [LoggerMessage(8, LogLevel.Debug, "Uploading {Digest} from byte {Offset} of {Bytes}")]
    public static partial void Uploading(ILogger logger, Digest digest, long offset, long bytes);

    [LoggerMessage(9, LogLevel.Error, "Publishing to {Channel} ended; {Unacknowledged} images or frames were not acknowledged")]
    public static partial void PublisherFailed(ILogger logger, string channel, int unacknowledged, Exception exception);

    [LoggerMessage(20, LogLevel.Debug, "Could not {Operation}; trying again in {Delay} (failure {Failures} in a row): {Reason}")]
    public static partial void StillTrying(ILogger logger, string operation, TimeSpan delay, int failures, string reason);

    [LoggerMessage(21, LogLevel.Information, "Connected to {Address} again: {Operation}")]
    public static partial void Connected(ILogger logger, Uri address, string operation);

    [LoggerMessage(22, LogLevel.Warning, "{Channel}: skipped {Count} codes from sequence {Sequence} on: {Reason}")]
    public static partial void Skipped(ILogger logger, string channel, long sequence, long count, string reason);

    [LoggerMessage(23, LogLevel.Warning, "The position {Next} of {Consumer} in {Channel} was not committed: {Reason}")]
    public static partial void NotCommitted(ILogger logger, string channel, string consumer, long next, string reason);

    [LoggerMessage(10, LogLevel.Warning, "{Path} (Tls.{Option}) cannot be used; the certificate that was read before stays in use")]
    public static partial void CertificateUnusable(ILogger logger, string path, string option, Exception exception);

    [LoggerMessage(24, LogLevel.Error, "A handler of ConnectionChanged threw")]
    public static partial void ObserverFailed(ILogger logger, Exception exception);
}
