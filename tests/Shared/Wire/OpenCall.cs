using System.IO.Pipelines;
using System.Net;
using System.Net.Http.Headers;

namespace Codec.Tests.Shared.Wire;

/// <summary>A call over HTTP/2 whose request is sent in parts, and whose answer is read only when it is asked for.</summary>
public sealed class OpenCall : IDisposable
{
    /// <summary>A pipe takes what it is given at once, however much that is.</summary>
    private const int Piece = 16 << 10;

    private readonly Pipe _body = new(new PipeOptions(pauseWriterThreshold: 64 << 10, resumeWriterThreshold: 32 << 10));
    private readonly HttpClient _client;
    private readonly HttpClient? _owned;
    private readonly HttpRequestMessage _request;
    private readonly CancellationTokenSource _end = new();
    private readonly Task<HttpResponseMessage> _response;

    /// <summary>Begins a call on a connection of its own.</summary>
    public OpenCall(string address, string method, string? encoding = null)
        : this(new HttpClient(), address, method, encoding) => _owned = _client;

    /// <summary>Begins a call on the client's connection.</summary>
    public OpenCall(HttpClient client, string address, string method, string? encoding = null)
    {
        _client = client;
        _request = new HttpRequestMessage(HttpMethod.Post, new Uri(new Uri(address), method))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new PipeContent(_body.Reader),
        };
        _request.Headers.TE.Add(new TransferCodingWithQualityHeaderValue("trailers"));
        if (encoding is not null)
            _request.Headers.Add("grpc-encoding", encoding);

        _request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        _response = client.SendAsync(_request, HttpCompletionOption.ResponseHeadersRead, _end.Token);
    }

    /// <summary>Whether the server has ended the call.</summary>
    public bool HasEnded => _response is { IsCompletedSuccessfully: true, Result: var response } && response.TrailingHeaders.Any();

    /// <summary>Sends bytes, or the first of them.</summary>
    public async Task SendAsync(byte[] bytes, bool isLast = false, int? count = null)
    {
        for (Memory<byte> left = bytes.AsMemory(0, count ?? bytes.Length); !left.IsEmpty; left = left[Math.Min(Piece, left.Length)..])
            await _body.Writer.WriteAsync(left[..Math.Min(Piece, left.Length)], _end.Token);
        if (isLast)
            await _body.Writer.CompleteAsync();
    }

    /// <summary>Sends bytes as the server takes them, without waiting for that.</summary>
    public void Send(byte[] bytes) => _ = SendAsync(bytes).ContinueWith(sent => sent.Exception, TaskScheduler.Default);

    /// <summary>Waits for the response's headers.</summary>
    public Task HeadersAsync() => _response;

    /// <summary>Reads the answer to its end.</summary>
    public async Task<RawAnswer> AnswerAsync()
    {
        HttpResponseMessage response = await _response;
        await response.Content.CopyToAsync(Stream.Null, _end.Token);
        return RawCall.AnswerOf(response);
    }

    public void Dispose()
    {
        _end.Cancel();
        _body.Writer.Complete();
        _request.Dispose();
        if (_response.IsCompletedSuccessfully)
            _response.Result.Dispose();

        _end.Dispose();
        _owned?.Dispose();
    }

    /// <summary>Unlike StreamContent, lets the response begin before the request has ended.</summary>
    private sealed class PipeContent(PipeReader reader) : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            ReadResult read;
            do
            {
                read = await reader.ReadAsync(cancellationToken);
                foreach (ReadOnlyMemory<byte> part in read.Buffer)
                    await stream.WriteAsync(part, cancellationToken);

                await stream.FlushAsync(cancellationToken);
                reader.AdvanceTo(read.Buffer.End);
            } while (!read.IsCompleted);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
