using Codec.Errors;
using Codec.Imaging;

namespace Codec.Server;

/// <summary>
/// From the exceptions of the codec to refusals, in one place: what of an image, code or manifest is the caller's to mend.
/// </summary>
internal static class RequestRefusal
{
    /// <summary>The refusal that an exception stands for; null where it stands for none, and the server itself failed.</summary>
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

    /// <summary>The refusal of one item of a stream; null where the exception concerns the whole stream.</summary>
    /// <remarks>
    /// An item that is wrong by itself is refused by itself. A full disk, a deleted channel or a server that drains would refuse each
    /// further item too.
    /// </remarks>
    public static RequestException? OfItem(Exception exception) =>
        Of(exception) is { Error: RequestError.InvalidArgument } refusal ? refusal : null;
}
