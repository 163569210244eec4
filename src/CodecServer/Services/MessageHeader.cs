using System.Globalization;
using System.Text;

namespace Codec.Server.Services;

/// <summary>Writes a status message as a header: percent-encoded as gRPC's protocol over HTTP/2 says, and no more than that.</summary>
internal static class MessageHeader
{
    /// <summary>The header's name.</summary>
    public const string Name = "grpc-message";

    /// <summary>Encodes control characters, what is not ASCII, and the percent sign; clients decode exactly these.</summary>
    public static string Encode(string message)
    {
        var encoded = new StringBuilder(message.Length);
        foreach (byte character in Encoding.UTF8.GetBytes(message))
        {
            if (character is >= 0x20 and <= 0x7E and not (byte)'%')
                encoded.Append((char)character);
            else
                encoded.Append('%').Append(character.ToString("X2", CultureInfo.InvariantCulture));
        }

        return encoded.ToString();
    }
}
