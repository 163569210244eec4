using System.Net;
using System.Net.Http.Headers;
using Codec.Tests.Shared;
using CodecServer.Tests.Infrastructure;
using Grpc.Core;
using V1 = Codec.V1;

namespace CodecServer.Tests.Services;

/// <summary>Bytes that are not a message are the caller's mistake: INVALID_ARGUMENT, and no log entry above debug.</summary>
public sealed class MalformedRequestTests
{
    private const int Rounds = 40;

    private static readonly (string Name, byte[] Body)[] Malformed =
    [
        ("bad UTF-8", RawCall.Frame([0x0A, 2, 0xC3, 0x28])),
        ("garbage", RawCall.Frame([0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF])),
        ("field beyond the message", RawCall.Frame([0x0A, 100, 1])),
        ("wrong wire type", RawCall.Frame([0x0F, 1, 2])),
        ("message cut short", [0, 0, 0, 0, 10, 1, 2]),
        ("prefix cut short", [0, 0, 0]),
        ("unknown flag of compression", [7, 0, 0, 0, 3, 0x0A, 1, 0x61]),
        ("length beyond 2 GiB", [0, 0xFF, 0xFF, 0xFF, 0xFF, 1, 2, 3]),
    ];

    public static TheoryData<string> Methods =>
        [
            .. new[] { V1.ModelReflection.Descriptor, V1.CodecReflection.Descriptor, V1.ChannelReflection.Descriptor }
                .SelectMany(file => file.Services)
                .SelectMany(service => service.Methods)
                .Select(method => $"/{method.Service.FullName}/{method.Name}"),
        ];

    [Theory]
    [MemberData(nameof(Methods))]
    public async Task AnyMethod_MalformedRequest_IsInvalid(string method)
    {
        // Disposing the server fails the test if anything was logged as an error.
        await using TestServer server = await TestServer.StartAsync();
        using var client = new HttpClient();
        foreach ((string name, byte[] body) in Malformed)
        {
            if (
                name == "bad UTF-8"
                && (method.EndsWith("/ListModels", StringComparison.Ordinal) || method.EndsWith("/ListChannels", StringComparison.Ordinal))
            )
            {
                // A request type without fields treats any field as one of a newer client.
                continue;
            }

            RawAnswer answer = await RawCall.SendAsync(client, server.Address, method, body, TestContext.Current.CancellationToken);
            Assert.True(
                (int)StatusCode.InvalidArgument == answer.Status,
                $"{method}, {name}: {(StatusCode)answer.Status} {answer.Message}"
            );
            Assert.NotEmpty(answer.Message);
        }
    }

    /// <summary>HTTP requests that are not gRPC, with the statuses that docs/statuses.md names.</summary>
    [Theory]
    [InlineData("POST", "application/json", HttpStatusCode.UnsupportedMediaType)]
    [InlineData("POST", "application/grpc-web", HttpStatusCode.UnsupportedMediaType)]
    [InlineData("OPTIONS", "text/plain", HttpStatusCode.MethodNotAllowed)]
    public async Task PlainHttp_NoCall_IsInvalid(string method, string type, HttpStatusCode expected)
    {
        await using TestServer server = await TestServer.StartAsync();
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(
            new HttpMethod(method),
            new Uri(new Uri(server.Address), "/codec.v1.ChannelService/ListChannels")
        )
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(RawCall.Frame([])),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(type);
        request.Headers.Add("Origin", "https://page.example");
        request.Headers.Add("Access-Control-Request-Method", "POST");

        using HttpResponseMessage response = await client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(expected, response.StatusCode);
        Assert.Equal(StatusCode.InvalidArgument, (StatusCode)RawCall.AnswerOf(response).Status);
    }

    /// <summary>Excludes the method whose stream does not end once it has accepted its request.</summary>
    public static TheoryData<string> EndingMethods =>
        [.. Methods.Select(row => row.Data).Where(method => !method.EndsWith("/WatchModels", StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(EndingMethods))]
    public async Task AnyMethod_RandomMessage_EndsInADocumentedStatus(string method)
    {
        await using TestServer server = await TestServer.StartAsync();
        using var client = new HttpClient();
        var random = new Random(16);
        StatusCode[] documented =
        [
            StatusCode.OK,
            StatusCode.InvalidArgument,
            StatusCode.NotFound,
            StatusCode.FailedPrecondition,
            StatusCode.OutOfRange,
            StatusCode.ResourceExhausted,
            StatusCode.AlreadyExists,
            StatusCode.Aborted,
        ];
        for (int round = 0; round < Rounds; round++)
        {
            byte[] message = Blobs.Random(random.Next(30), seed: round);
            for (int i = 0; i < message.Length; i += random.Next(1, 6))
            {
                // Sometimes the tag of a small field, so that part of the message is parsed.
                message[i] = (byte)((random.Next(1, 7) << 3) | (random.Next(2) * 2));
            }

            RawAnswer answer = await RawCall.SendAsync(
                client,
                server.Address,
                method,
                RawCall.Frame(message),
                TestContext.Current.CancellationToken
            );
            Assert.True(
                documented.Contains((StatusCode)answer.Status),
                $"{method}, round {round}: {(StatusCode)answer.Status} {answer.Message}"
            );
        }
    }

    [Fact]
    public async Task AnyMethod_TwoMessagesOfWhichTheSecondIsMalformed_IsInvalid()
    {
        await using TestServer server = await TestServer.StartAsync();
        using var client = new HttpClient();
        byte[] body = [.. RawCall.Frame([]), .. RawCall.Frame([0x0A, 100, 1])];
        Assert.Equal(
            (int)StatusCode.InvalidArgument,
            (
                await RawCall.SendAsync(
                    client,
                    server.Address,
                    "/codec.v1.CodecService/EncodeStream",
                    body,
                    TestContext.Current.CancellationToken
                )
            ).Status
        );
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public async Task AnyMethod_MessageLargerThanTheServerAccepts_IsInvalidAndNamesTheRemedy(string method)
    {
        await using TestServer server = await TestServer.StartAsync("--max-message-bytes", $"{3 << 20}");
        using var client = new HttpClient();

        RawAnswer answer = await RawCall.SendAsync(
            client,
            server.Address,
            method,
            [0, 0, 0x40, 0, 0, 1, 2, 3],
            TestContext.Current.CancellationToken
        );

        Assert.Equal((int)StatusCode.InvalidArgument, answer.Status);
        string remedy = method.Split('/')[2] switch
        {
            "Encode" or "EncodeStream" or "Decode" or "DecodeStream" or "Publish" => "--max-message-bytes",
            "PublishVersion" => "its manifest only names them",
            "UploadBlob" => "Divide the blob into more messages",
            _ => "send fewer or shorter ones",
        };
        Assert.Contains(remedy, answer.Message, StringComparison.Ordinal);
        Assert.Equal(remedy == "--max-message-bytes", answer.Message.Contains("--max-message-bytes", StringComparison.Ordinal));
    }

    [Fact]
    public async Task BidirectionalMethods_BeforeAnyMessage_SendTheLimitOfMessages()
    {
        await using TestServer server = await TestServer.StartAsync("--max-message-bytes", $"{3 << 20}");
        using AsyncDuplexStreamingCall<V1.PublishRequest, V1.PublishResponse> publish = server.Channels.Publish(Rpc.Options);
        using AsyncDuplexStreamingCall<V1.EncodeRequest, V1.EncodeResponse> encode = server.Codec.EncodeStream(Rpc.Options);
        using AsyncDuplexStreamingCall<V1.DecodeRequest, V1.DecodeResponse> decode = server.Codec.DecodeStream(Rpc.Options);

        Metadata[] headers = await Task.WhenAll(publish.ResponseHeadersAsync, encode.ResponseHeadersAsync, decode.ResponseHeadersAsync);

        Assert.All(headers, header => Assert.Equal($"{3 << 20}", header.GetValue("codec-max-message-bytes")));
    }

    [Fact]
    public async Task StreamingMethods_ClientResetsAtAnyPoint_LogNoError()
    {
        // The server notices a reset after the next call has begun: each of the uploads may still have its place.
        await using TestServer server = await TestServer.StartAsync("--max-uploads-per-caller", "16");
        await server.PublishAsync(SmallModel.Create());
        await server.Channels.CreateChannelAsync(new() { Name = "faces" }, Rpc.Options);
        for (int round = 0; round < 200; round++)
        {
            using var reset = new CancellationTokenSource();
            using AsyncDuplexStreamingCall<V1.PublishRequest, V1.PublishResponse> publish = server.Channels.Publish(
                cancellationToken: reset.Token
            );
            using AsyncDuplexStreamingCall<V1.EncodeRequest, V1.EncodeResponse> encode = server.Codec.EncodeStream(
                cancellationToken: reset.Token
            );
            using AsyncClientStreamingCall<V1.UploadBlobRequest, V1.UploadBlobResponse> upload = server.Models.UploadBlob(
                cancellationToken: reset.Token
            );
            await publish.RequestStream.SendAsync(
                new()
                {
                    Header = new() { Channel = "faces", Model = "small-8" },
                }
            );
            await encode.RequestStream.SendAsync(new() { Model = "small-8", Image = Publishing.ToImage(SmallModel.Image(1)) });
            await upload.RequestStream.SendAsync(new() { Header = new() { Blob = Blobs.Ref(Blobs.Random(100, seed: round)) } });
            if (round % 2 == 0)
                await encode.ResponseStream.NextAsync();

            await reset.CancelAsync();
        }
    }
}
