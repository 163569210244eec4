using Microsoft.IdentityModel.Protocols;

namespace Codec.Server.Identity;

/// <summary>
/// Downloads keys, and the document that says where they are, over https; over http from the loopback only. Who changes them on the way
/// makes every token valid, so this holds for the URL that the issuer's document names, too, and redirections are not followed.
/// </summary>
internal sealed class SigningKeysDownload : IDocumentRetriever
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    private static readonly HttpClient Client = new(new SocketsHttpHandler { AllowAutoRedirect = false })
    {
        Timeout = Timeout,
        MaxResponseContentBufferSize = SmallFile.MaxBytes,
    };

    /// <summary>Returns a document.</summary>
    /// <exception cref="InvalidDataException">The URL is not https, or its answer is too large or too slow.</exception>
    /// <exception cref="HttpRequestException">There is no answer, or it is none of success.</exception>
    public async Task<string> GetDocumentAsync(string address, CancellationToken cancellationToken)
    {
        if (!Uri.TryCreate(address, UriKind.Absolute, out Uri? url) || !IsSafe(url))
        {
            throw new InvalidDataException(
                $"'{PlainText.Of(address)}' is not an https URL; keys are read in clear text from the loopback only."
            );
        }

        try
        {
            return await Client.GetStringAsync(url, cancellationToken);
        }
        catch (HttpRequestException exception) when (exception.HttpRequestError == HttpRequestError.ConfigurationLimitExceeded)
        {
            throw new InvalidDataException(
                $"'{url}' answers with more than {SmallFile.MaxBytes} bytes; look what it serves, or name another URL.",
                exception
            );
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new InvalidDataException($"'{url}' did not answer within {Timeout.TotalSeconds} s.", exception);
        }
    }

    private static bool IsSafe(Uri url) => url.Scheme == Uri.UriSchemeHttps || (url.Scheme == Uri.UriSchemeHttp && url.IsLoopback);
}
