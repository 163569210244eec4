using System.Net;
using System.Net.Sockets;

namespace Codec.Server.Limits;

/// <summary>Names a caller by its address.</summary>
internal static class CallerAddress
{
    /// <summary>
    /// The address; of an IPv6 address the network of 64 bits, within which one host chooses addresses freely. Empty for none.
    /// </summary>
    public static string Of(IPAddress? address) =>
        address is null ? ""
        : address is { AddressFamily: AddressFamily.InterNetworkV6, IsIPv4MappedToIPv6: false }
            ? Convert.ToHexString(address.GetAddressBytes().AsSpan(0, 8))
        : address.ToString();
}
