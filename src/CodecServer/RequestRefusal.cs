using Codec.Errors;
using Codec.Imaging;

namespace Codec.Server;

/// <summary>
/// Maps the codec's exceptions to refusals, in one place: those that an image, a code or a manifest of the caller caused.
/// </summary>
internal static class RequestRefusal
{
    /// <summary>Returns the refusal for an exception; null if the server itself failed.</summary>
    public static RequestException? Of(Exception exception) =>
        exception switch
        {
            RequestException known => known,
            InvalidCodeException code => RequestException.Invalid("frame", code.Message),
            InvalidModelException { Field: "manifest" } model => RequestException.Invalid("manifest", model.Problem),
            InvalidModelException model => RequestException.Invalid($"manifest.{model.Field}", model.Problem),
            InvalidImageException image => RequestException.Invalid("image.file", image.Message),
            RuntimeUnavailableException runtime => new RequestException(
                RequestError.FailedPrecondition,
                "RUNTIME_UNAVAILABLE",
                runtime.Message,
                runtime
            ),
            _ => null,
        };

    /// <summary>Returns the refusal of one item of a stream; null if the exception concerns the whole stream.</summary>
    /// <remarks>
    /// Only an invalid item is refused alone. A full disk, a deleted channel or a draining server would refuse every later item too.
    /// </remarks>
    public static RequestException? OfItem(Exception exception) =>
        Of(exception) is { Error: RequestError.InvalidArgument } refusal ? refusal : null;
}
