using System.Globalization;
using System.Net;
using System.Net.Http.Headers;

namespace Codec.Tests.Shared.Wire;

/// <summary>The answer to a raw call: its gRPC status, and the bytes of the headers that carry it.</summary>
public sealed record RawAnswer(int Status, string Message, int HeaderBytes);

/// <summary>Makes gRPC calls by hand over HTTP/2, with requests that no generated client sends.</summary>
public static class RawCall
{
    /// <summary>Sends a request body unchanged, and reads the answer to its end.</summary>
    public static async Task<RawAnswer> SendAsync(
        HttpClient client,
        string address,
        string method,
        byte[] body,
        CancellationToken cancellationToken
    )
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(new Uri(address), method))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(body),
        };
        request.Headers.TE.Add(new TransferCodingWithQualityHeaderValue("trailers"));
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        using HttpResponseMessage response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        await response.Content.CopyToAsync(Stream.Null, cancellationToken);
        return AnswerOf(response);
    }

    /// <summary>Returns the status of a response that was read to its end.</summary>
    public static RawAnswer AnswerOf(HttpResponseMessage response)
    {
        HttpHeaders headers = response.TrailingHeaders.Contains("grpc-status") ? response.TrailingHeaders : response.Headers;
        return new RawAnswer(
            int.Parse(headers.GetValues("grpc-status").Single(), CultureInfo.InvariantCulture),
            headers.TryGetValues("grpc-message", out IEnumerable<string>? message) ? Uri.UnescapeDataString(message.Single()) : "",
            headers.Sum(header => header.Key.Length + header.Value.Sum(value => value.Length))
        );
    }

    /// <summary>Adds gRPC's prefix to a message: the compression flag 0, and the length.</summary>
    public static byte[] Frame(ReadOnlySpan<byte> message) =>
        [0, (byte)(message.Length >> 24), (byte)(message.Length >> 16), (byte)(message.Length >> 8), (byte)message.Length, .. message];
}
