using Grpc.Core;

namespace Codec.Client;

/// <summary>Recognizes messages that are too large for one side, and describes them with their size, the bound and the remedy.</summary>
internal static class MessageSize
{
    private const string Raise = "or raise the server's --max-message-bytes.";

    /// <summary>
    /// The status detail of grpc-dotnet, on either side, for a message above its limit; the status code alone has other causes too.
    /// </summary>
    private const string ReceivedTooLarge = "Received message exceeds the maximum configured message size.";

    private const string SentTooLarge = "Sending message exceeds the maximum configured message size.";

    /// <summary>Whether a status means that a received message was too large.</summary>
    public static bool IsReceivedTooLarge(StatusCode status, string detail) =>
        status == StatusCode.ResourceExhausted && detail == ReceivedTooLarge;

    /// <summary>Whether a status means that a message was too large to send or receive.</summary>
    public static bool IsTooLarge(StatusCode status, string detail) =>
        status == StatusCode.ResourceExhausted && detail is ReceivedTooLarge or SentTooLarge;

    public static InvalidRequestException TooLarge(string detail, Exception? cause) =>
        new(
            StatusCode.InvalidArgument,
            $"{detail} The server limits a request by its --max-message-bytes, and this client limits an answer by "
                + $"{nameof(CodecClientOptions)}.{nameof(CodecClientOptions.MaxMessageBytes)}: send less, or raise the bound.",
            cause
        );

    public static InvalidRequestException ImageTooLarge(string operation, int bytes, int maxBytes) =>
        Refuse(
            $"Could not {operation}: the image's message has {bytes} bytes; the server accepts {maxBytes}. Encode the image locally "
                + $"({nameof(ChannelPublisher.GetEncoderAsync)} and {nameof(ChannelPublisher.SendCodeAsync)}), "
                + $"send a file instead of pixels, make it smaller, {Raise}"
        );

    public static InvalidRequestException FrameTooLarge(string operation, int bytes, int maxBytes) =>
        Refuse(
            $"Could not {operation}: the frame's message has {bytes} bytes; the server accepts {maxBytes}. "
                + $"Put fewer codes into a frame, {Raise}"
        );

    private static InvalidRequestException Refuse(string message) => new(StatusCode.InvalidArgument, message, null);
}
