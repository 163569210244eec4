using Grpc.Core;

namespace Codec.Client;

/// <summary>Messages that are too large for one side: what has how many bytes, and what helps.</summary>
internal static class MessageSize
{
    private const string Raise = "or raise the server's --max-message-bytes.";

    /// <summary>What grpc-dotnet says, on either side, of a message above its own limit; the status alone has other causes too.</summary>
    private const string ReceivedTooLarge = "Received message exceeds the maximum configured message size.";

    private const string SentTooLarge = "Sending message exceeds the maximum configured message size.";

    /// <summary>Whether a status says that a message that came was too large.</summary>
    public static bool IsReceivedTooLarge(StatusCode status, string detail) =>
        status == StatusCode.ResourceExhausted && detail == ReceivedTooLarge;

    /// <summary>Whether a status says that a message was too large to be sent or received.</summary>
    public static bool IsTooLarge(StatusCode status, string detail) =>
        status == StatusCode.ResourceExhausted && detail is ReceivedTooLarge or SentTooLarge;

    public static InvalidRequestException TooLarge(string detail, Exception? cause) =>
        new(
            StatusCode.InvalidArgument,
            $"{detail} The server bounds a request by its --max-message-bytes, and this client an answer by "
                + $"{nameof(CodecClientOptions)}.{nameof(CodecClientOptions.MaxMessageBytes)}: send less, or raise the bound.",
            cause
        );

    public static InvalidRequestException ImageTooLarge(string operation, int bytes, int maxBytes) =>
        Refuse(
            $"Could not {operation}: the image has {bytes} bytes as a message, and the server takes {maxBytes}. Encode it here "
                + $"({nameof(ChannelPublisher.GetEncoderAsync)} and {nameof(ChannelPublisher.SendCodeAsync)}), "
                + $"send a file instead of pixels, make it smaller, {Raise}"
        );

    public static InvalidRequestException FrameTooLarge(string operation, int bytes, int maxBytes) =>
        Refuse(
            $"Could not {operation}: the frame has {bytes} bytes as a message, and the server takes {maxBytes}. "
                + $"Put fewer codes into a frame, {Raise}"
        );

    private static InvalidRequestException Refuse(string message) => new(StatusCode.InvalidArgument, message, null);
}
