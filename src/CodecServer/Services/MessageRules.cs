namespace Codec.Server.Services;

/// <summary>The bounds of the messages of a call.</summary>
/// <param name="MaxBytes">Maximum number of bytes of a message of this method.</param>
/// <param name="IsSingle">Whether the call has one message and must send it at once.</param>
/// <param name="Grace">Time that a message may take in addition to its bytes at the lowest rate.</param>
/// <param name="BytesPerSecond">The lowest mean rate at which a message must arrive.</param>
internal sealed record MessageRules(int MaxBytes, bool IsSingle, TimeSpan Grace, int BytesPerSecond);
