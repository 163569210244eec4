using System.Net;
using System.Net.Http.Headers;

namespace Codec.Datasets.Tests;

/// <summary>Serves one file from memory, as a web server would, or fails as a test requests.</summary>
internal sealed class StubServer(byte[] file) : HttpMessageHandler
{
    /// <summary>The first byte that each request specifies.</summary>
    public List<long?> Offsets { get; } = [];

    /// <summary>Whether ranges are served; otherwise every answer is the whole file.</summary>
    public bool ServesParts { get; init; } = true;

    /// <summary>Bytes after which a connection breaks.</summary>
    public int BreaksAfter { get; set; } = int.MaxValue;

    /// <summary>Does not answer until the request is canceled, and signals that it arrived.</summary>
    public TaskCompletionSource? Silence { get; init; }

    public HttpStatusCode Status { get; init; } = HttpStatusCode.OK;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        long? from = request.Headers.Range?.Ranges.Single().From;
        Offsets.Add(from);
        if (Silence is not null)
        {
            Silence.SetResult();
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }

        if (Status != HttpStatusCode.OK)
            return new HttpResponseMessage(Status);
        int start = ServesParts ? (int)(from ?? 0) : 0;
        var response = new HttpResponseMessage(start > 0 ? HttpStatusCode.PartialContent : HttpStatusCode.OK)
        {
            Content = new StreamContent(new Breaking(file[start..], BreaksAfter)),
        };
        response.Content.Headers.ContentLength = file.Length - start;
        if (start > 0)
            response.Content.Headers.ContentRange = new ContentRangeHeaderValue(start, file.Length - 1, file.Length);
        return response;
    }

    private sealed class Breaking(byte[] bytes, int after) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (Position >= after)
                throw new IOException("the connection broke");
            return base.ReadAsync(buffer[..(int)Math.Min(buffer.Length, after - Position)], cancellationToken);
        }
    }
}
