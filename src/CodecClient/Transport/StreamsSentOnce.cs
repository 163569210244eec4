using System.Collections.Frozen;
using System.Net;
using Google.Protobuf.Reflection;

namespace Codec.Client.Transport;

/// <summary>
/// Sends the messages of a stream at most once. HttpClient repeats a request that the server refused unprocessed (REFUSED_STREAM, or GOAWAY
/// while it restarts), but gRPC writes a stream's messages into its first request alone: the second one would have none, and the server
/// would answer that the stream's header is missing. The call fails as one whose connection was lost, and its owner begins another stream.
/// </summary>
internal sealed class StreamsSentOnce(HttpMessageHandler inner) : DelegatingHandler(inner)
{
    private static readonly FrozenSet<string> Streams = (
        (ServiceDescriptor[])[V1.ModelService.Descriptor, V1.CodecService.Descriptor, V1.ChannelService.Descriptor]
    )
        .SelectMany(service => service.Methods)
        .Where(method => method.IsClientStreaming)
        .Select(method => $"/{method.Service.FullName}/{method.Name}")
        .ToFrozenSet(StringComparer.Ordinal);

    /// <inheritdoc/>
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.Content is { } content && Streams.Contains(request.RequestUri!.AbsolutePath))
            request.Content = new SentOnce(content);
        return base.SendAsync(request, cancellationToken);
    }

    private sealed class SentOnce : HttpContent
    {
        private readonly HttpContent _content;
        private int _sent;

        public SentOnce(HttpContent content)
        {
            _content = content;
            foreach ((string name, IEnumerable<string> values) in content.Headers)
                Headers.TryAddWithoutValidation(name, values);
        }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            Interlocked.Exchange(ref _sent, 1) == 0
                ? _content.CopyToAsync(stream, context)
                : throw new IOException("The server refused the stream after messages were sent; they are not sent twice.");

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                _content.Dispose();
            base.Dispose(disposing);
        }
    }
}
