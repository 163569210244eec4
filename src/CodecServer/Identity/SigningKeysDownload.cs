using Microsoft.IdentityModel.Protocols;

namespace Codec.Server.Identity;

/// <summary>
/// Downloads keys, and the document that says where they are, over https; over http from the loopback only. Who changes them on the way
/// makes every token valid, so this holds for the URL that the issuer's document names, too, and redirections are not followed.
/// </summary>
internal sealed class SigningKeysDownload : IDocumentRetriever
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    private readonly HttpDocumentRetriever _documents = new(
        new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { Timeout = Timeout }
    )
    {
        RequireHttps = false,
    };

    /// <summary>Returns a document.</summary>
    /// <exception cref="InvalidDataException">The URL is not https.</exception>
    public Task<string> GetDocumentAsync(string address, CancellationToken cancellationToken) =>
        Uri.TryCreate(address, UriKind.Absolute, out Uri? url) && IsSafe(url)
            ? _documents.GetDocumentAsync(address, cancellationToken)
            : throw new InvalidDataException(
                $"'{PlainText.Of(address)}' is not an https URL; keys are read in clear text from the loopback only."
            );

    private static bool IsSafe(Uri url) => url.Scheme == Uri.UriSchemeHttps || (url.Scheme == Uri.UriSchemeHttp && url.IsLoopback);
}
