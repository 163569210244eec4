namespace Codec.Server.Services;

/// <summary>The bounds of the messages of a call.</summary>
/// <param name="MaxBytes">Maximum number of bytes of a message of this method.</param>
/// <param name="Remedy">What a caller of the method can do about a message that is larger.</param>
/// <param name="IsSingle">Whether the call has one message.</param>
/// <param name="BeginsAtOnce">Whether the time of the first message begins with the call: it is the only one, or a header.</param>
/// <param name="Grace">Time that a message may take in addition to its bytes at the lowest rate.</param>
/// <param name="BytesPerSecond">The lowest mean rate at which a message must arrive.</param>
internal sealed record MessageRules(int MaxBytes, string Remedy, bool IsSingle, bool BeginsAtOnce, TimeSpan Grace, int BytesPerSecond);
