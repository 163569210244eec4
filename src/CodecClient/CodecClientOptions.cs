using Codec.Networks;

namespace Codec.Client;

/// <summary>How a <see cref="CodecClient"/> connects, waits and caches. Immutable; change a copy with <c>with</c>.</summary>
public sealed partial record CodecClientOptions
{
    /// <summary>
    /// The server's address: <c>http</c> (HTTP/2 without TLS) or <c>https</c>; scheme, host and port only. Default: http://127.0.0.1:5080.
    /// </summary>
    public Uri Address { get; init; } = new("http://127.0.0.1:5080");

    /// <summary>
    /// Directory that caches downloaded blobs and manifests, shared by all processes of the user; null keeps them in memory only.
    /// Default: <c>codec/blobs</c> in $XDG_CACHE_HOME or ~/.cache (Linux), ~/Library/Caches (macOS), the local application data (Windows).
    /// </summary>
    public string? CacheDirectory { get; init; } = DefaultCacheDirectory;

    /// <summary>
    /// Maximum number of bytes in the cache directory, 1 MiB or more; the least recently used blobs are removed first. Default: 1 GiB.
    /// </summary>
    public long CacheBytes { get; init; } = 1L << 30;

    /// <summary>
    /// Maximum number of loaded models kept in memory, 1 to 1,024; the least recently used is released first. Default: 8.
    /// </summary>
    public int LoadedModels { get; init; } = 8;

    /// <summary>
    /// Runs the graphs of models that are networks: OnnxNetworkRuntime.Instance, of the package Codec.Onnx. With null, which is the
    /// default, such models fail with <see cref="UnsupportedModelException"/>; those that ship with the service are linear and need no
    /// runtime.
    /// </summary>
    public INetworkRuntime? Networks { get; init; }

    /// <summary>
    /// Timeout of a unary call or of the opening of a stream, retries included, and of each chunk of a transfer; above 0, at most a day. It
    /// does not bound the opening of a stream that waits for the server (<see cref="SubscribeOptions.WaitForServer"/>) or the restoring of
    /// one (<see cref="ReconnectPolicy.RestoreForever"/>). Default: 30 s.
    /// </summary>
    public TimeSpan CallTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// When and how often a call is retried after a lost connection. Default: a <see cref="ReconnectPolicy"/> with its defaults.
    /// </summary>
    public ReconnectPolicy Reconnect { get; init; } = new();

    /// <summary>
    /// Maximum number of unanswered images or frames of a publisher or encoding stream, 1 to 1,024; when it is reached, sending waits.
    /// Unanswered items are held in memory and sent again after a lost connection. Default: 64.
    /// </summary>
    public int MaxInFlight { get; init; } = 64;

    /// <summary>
    /// Maximum number of bytes of unanswered images and frames together, 1 MiB to 1 GiB; when it is reached, sending waits. An item above
    /// the bound is sent when no other item is unanswered. Default: 64 MiB.
    /// </summary>
    public long MaxInFlightBytes { get; init; } = 64 << 20;

    /// <summary>
    /// Maximum number of bytes that a subscription holds ahead of its consumer, frames and decoded pixels together, 1 MiB to 1 GiB; when it
    /// is reached, decoding and the server wait. An image above the bound is decoded alone, when it is next. Default: 32 MiB.
    /// </summary>
    public long ReadAheadBytes { get; init; } = 32 << 20;

    /// <summary>
    /// Maximum number of bytes of one message from the server, 4 MiB to 128 MiB; a frame is one message, however large its code.
    /// Default: 32 MiB.
    /// </summary>
    public int MaxMessageBytes { get; init; } = 32 << 20;

    /// <summary>
    /// Maximum number of pixels of an image that a subscription decodes, 1 to 67,108,864 (8192 × 8192). A code of a few bytes can declare
    /// many pixels, and each takes up to 3 bytes in memory. A larger image is treated as damaged
    /// (<see cref="SubscribeOptions.SkipDamaged"/>). Default: 33,554,432, the most that a server encodes by default.
    /// </summary>
    public int MaxImagePixels { get; init; } = 1 << 25;

    /// <summary>
    /// The caller's name in the records of published versions and moved aliases; at most 128 characters. A server that authenticates its
    /// callers records the authenticated name instead. Default: user@machine.
    /// </summary>
    public string Identity { get; init; } = Clip($"{Environment.UserName}@{Environment.MachineName}");

    /// <summary>
    /// Which certificates are trusted and presented; requires https, and cannot be combined with <see cref="CreateHandler"/>. Null trusts
    /// what the system trusts, and presents none. Default: null.
    /// </summary>
    public ClientTls? Tls { get; init; }

    /// <summary>
    /// Creates the stream of a connection, for proxies, Unix sockets or counting bytes; null connects to <see cref="Address"/>. Cannot be
    /// combined with <see cref="CreateHandler"/>. Default: null.
    /// </summary>
    public Func<SocketsHttpConnectionContext, CancellationToken, ValueTask<Stream>>? ConnectCallback { get; init; }

    /// <summary>
    /// Creates the HTTP handler, which the client then owns, for certificates and tests; null creates one with keep-alive pings.
    /// Default: null.
    /// </summary>
    public Func<HttpMessageHandler>? CreateHandler { get; init; }

    /// <summary>
    /// The API key that each call sends, as <c>authorization: Bearer …</c>; null sends none. Cannot be combined with
    /// <see cref="TokenProvider"/>. Default: null.
    /// </summary>
    public string? ApiKey { get; init; }

    /// <summary>
    /// Returns the token that a call sends, as <c>authorization: Bearer …</c>. Asked before each call and each opening of a stream, at the
    /// same time by several: keep a token until shortly before it expires. A call whose provider fails is retried like one whose
    /// connection was lost. Null sends none. Default: null.
    /// </summary>
    public Func<CancellationToken, ValueTask<string>>? TokenProvider { get; init; }

    /// <summary>
    /// Whether <see cref="ApiKey"/> and <see cref="TokenProvider"/> may be used without TLS with a host that is not the loopback: a sidecar
    /// that adds TLS, or a network that you trust. Whoever reads the traffic has the credential. Default: false.
    /// </summary>
    public bool AllowCredentialsInClearText { get; init; }

    /// <summary>The default of <see cref="CacheDirectory"/>; null if the user has no home directory.</summary>
    public static string? DefaultCacheDirectory { get; } =
        FindCacheDirectory(Environment.GetEnvironmentVariable, Environment.GetFolderPath);

    internal static string? FindCacheDirectory(Func<string, string?> variable, Func<Environment.SpecialFolder, string> folder)
    {
        string home = folder(Environment.SpecialFolder.UserProfile);
        string? root =
            OperatingSystem.IsWindows() ? folder(Environment.SpecialFolder.LocalApplicationData)
            // The XDG specification: a relative path is invalid and must be ignored.
            : variable("XDG_CACHE_HOME") is { } xdg && Path.IsPathRooted(xdg) ? xdg
            : home.Length == 0 ? null
            : OperatingSystem.IsMacOS() ? Path.Combine(home, "Library", "Caches")
            : Path.Combine(home, ".cache");
        return string.IsNullOrEmpty(root) ? null : Path.Combine(root, "codec", "blobs");
    }

    internal void Validate()
    {
        Require(
            Address is { IsAbsoluteUri: true, Scheme: "http" or "https" },
            nameof(Address),
            Address,
            "an absolute http or https address"
        );
        Require(
            Address is { PathAndQuery: "/", Fragment: "", UserInfo: "" },
            nameof(Address),
            Address,
            "scheme, host and port alone, such as http://127.0.0.1:5080: no path, query, fragment or user"
        );
        Require(CacheDirectory is null or { Length: > 0 }, nameof(CacheDirectory), CacheDirectory, "a path, or null for no cache on disk");
        Require(CacheBytes >= 1 << 20, nameof(CacheBytes), CacheBytes, "1 MiB (1048576) or more");
        Require(LoadedModels is >= 1 and <= 1024, nameof(LoadedModels), LoadedModels, "1 to 1024");
        Require(
            CallTimeout > TimeSpan.Zero && CallTimeout <= TimeSpan.FromDays(1),
            nameof(CallTimeout),
            CallTimeout,
            "above 0 and at most a day"
        );
        Require(MaxInFlight is >= 1 and <= 1024, nameof(MaxInFlight), MaxInFlight, "1 to 1024");
        Require(
            MaxInFlightBytes is >= 1 << 20 and <= 1 << 30,
            nameof(MaxInFlightBytes),
            MaxInFlightBytes,
            "1048576 (1 MiB) to 1073741824 (1 GiB)"
        );
        Require(
            ReadAheadBytes is >= 1 << 20 and <= 1 << 30,
            nameof(ReadAheadBytes),
            ReadAheadBytes,
            "1048576 (1 MiB) to 1073741824 (1 GiB)"
        );
        Require(
            MaxMessageBytes is >= 4 << 20 and <= 128 << 20,
            nameof(MaxMessageBytes),
            MaxMessageBytes,
            "4194304 (4 MiB) to 134217728 (128 MiB)"
        );
        Require(MaxImagePixels is >= 1 and <= 1 << 26, nameof(MaxImagePixels), MaxImagePixels, "1 to 67108864");
        Require(Identity is { Length: <= 128 }, nameof(Identity), Identity, "at most 128 characters");
        Require(Reconnect is not null, nameof(Reconnect), Reconnect, "a policy");
        Require(Tls is null || Address.Scheme == "https", nameof(Tls), Tls, "null unless the address is https");
        Require(
            Tls is not { KeyFile: not null, CertificateFile: null },
            $"{nameof(Tls)}.{nameof(ClientTls.KeyFile)}",
            Tls?.KeyFile,
            $"null unless {nameof(ClientTls.CertificateFile)} is set"
        );
        ValidateCredentials();
        Reconnect!.Validate();
        if (ConnectCallback is not null && CreateHandler is not null)
        {
            throw new ArgumentException(
                $"Set {nameof(ConnectCallback)} or {nameof(CreateHandler)}, not both: a handler has its own callback."
            );
        }

        if (Tls is not null && CreateHandler is not null)
            throw new ArgumentException($"Set {nameof(Tls)} or {nameof(CreateHandler)}, not both: a handler has its own certificates.");
    }

    /// <summary>Returns the address, and no credential.</summary>
    public override string ToString() => $"{nameof(CodecClientOptions)} {{ {nameof(Address)} = {Address} }}";

    // The messages do not contain the key.
    private void ValidateCredentials()
    {
        if (ApiKey is null && TokenProvider is null)
            return;
        if (ApiKey is not null && TokenProvider is not null)
            throw new ArgumentException($"Set {nameof(ApiKey)} or {nameof(TokenProvider)}, not both: a call has one credential.");
        if (ApiKey is not null && (ApiKey.Length == 0 || !ApiKey.All(character => character is > ' ' and <= '~')))
        {
            throw new ArgumentException(
                $"The option {nameof(ApiKey)} is empty, or has a space, a line break or a character outside ASCII; write the key alone: codec_…",
                nameof(ApiKey)
            );
        }

        if (Address.Scheme != Uri.UriSchemeHttps && !Address.IsLoopback && !AllowCredentialsInClearText)
        {
            throw new ArgumentException(
                $"The credential would be sent to {Address} in clear text. Use https; or set {nameof(AllowCredentialsInClearText)} for a "
                    + "sidecar or a network that you trust.",
                nameof(AllowCredentialsInClearText)
            );
        }
    }

    internal static void Require(bool condition, string option, object? value, string allowed)
    {
        if (!condition)
            throw new ArgumentException($"The option {option} is '{value}'; allowed: {allowed}.", option);
    }

    private static string Clip(string identity) => identity.Length <= 128 ? identity : identity[..128];
}
