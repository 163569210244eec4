using System.Net.Http.Headers;

namespace Codec.Client.Transport;

/// <summary>
/// Adds the caller's credential to each request. A handler, because gRPC's own call credentials need TLS, and a sidecar has none.
/// </summary>
internal sealed class BearerHandler : DelegatingHandler
{
    private const string Scheme = "Bearer";

    private readonly Func<CancellationToken, ValueTask<string>> _provider;

    private BearerHandler(HttpMessageHandler inner, Func<CancellationToken, ValueTask<string>> provider)
        : base(inner) => _provider = provider;

    /// <summary>Returns a handler that adds the credential of the options; the handler itself if there is none.</summary>
    public static HttpMessageHandler Wrap(HttpMessageHandler handler, CodecClientOptions options) =>
        options.TokenProvider is { } provider ? new BearerHandler(handler, provider)
        : options.ApiKey is { } key ? new BearerHandler(handler, _ => ValueTask.FromResult(key))
        : handler;

    /// <inheritdoc/>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            request.Headers.Authorization = new AuthenticationHeaderValue(Scheme, await _provider(cancellationToken).ConfigureAwait(false));
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TokenProviderException(exception);
        }

        return await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
    }
}

/// <summary>The application's token provider failed, or returned no token.</summary>
internal sealed class TokenProviderException(Exception cause) : Exception(cause.Message, cause);
