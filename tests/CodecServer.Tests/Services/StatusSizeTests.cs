using Codec;
using Codec.Frames;
using Codec.Server;
using Codec.Server.Services;
using Codec.Tests.Shared;
using CodecServer.Tests.Infrastructure;
using Google.Protobuf;
using Google.Rpc;
using Grpc.Core;
using V1 = Codec.V1;

namespace CodecServer.Tests.Services;

/// <summary>
/// A status that echoes a request stays below 4 KiB of headers, whatever the request: a longer one would exceed a client's limit and end
/// its connection.
/// </summary>
public sealed class StatusSizeTests
{
    private const int MaxHeaderBytes = 4096;

    public static TheoryData<string> Characters => ["x", "é", "\u0001", "漢", "😀"];

    [Theory]
    [MemberData(nameof(Characters))]
    public async Task Refusal_OfALongValue_IsShort(string character)
    {
        string text = string.Concat(Enumerable.Repeat(character, 40_000));
        await using TestServer server = await TestServer.StartAsync();
        await server.PublishAsync(SmallModel.Create());
        using CodecModel model = CodecModel.Load(SmallModel.Create());
        ByteString frame = ByteString.CopyFrom(
            CodeFrame.Write(1, [model.Encode(SmallModel.Image(1), SmallModel.Side, SmallModel.Side, 1)])
        );
        using var client = new HttpClient();
        (string Method, IMessage Request)[] calls =
        [
            (
                "CodecService/Decode",
                new V1.DecodeRequest
                {
                    Model = "small-8",
                    Frame = frame,
                    Head = text,
                }
            ),
            ("CodecService/Encode", new V1.EncodeRequest { Model = text }),
            (
                "ModelService/PublishVersion",
                new V1.PublishVersionRequest { Manifest = ByteString.CopyFromUtf8($"{{\"{text.Replace("\u0001", "\\u0001")}\": 1}}") }
            ),
            ("ModelService/GetVersion", new V1.GetVersionRequest { Model = text }),
            ("ModelService/ListVersions", new V1.ListVersionsRequest { Model = text }),
            ("ModelService/QueryBlob", new V1.QueryBlobRequest { Blob = new() { Digest = text } }),
            ("ChannelService/CreateChannel", new V1.CreateChannelRequest { Name = text }),
            ("ChannelService/Subscribe", new V1.SubscribeRequest { Channel = "faces", Keys = { text } }),
            ("ChannelService/CommitConsumer", new V1.CommitConsumerRequest { Channel = "faces", Consumer = text }),
            ("ChannelService/Publish", new V1.PublishRequest { Header = new() { Channel = text } }),
        ];
        foreach ((string method, IMessage request) in calls)
        {
            RawAnswer answer = await RawCall.SendAsync(
                client,
                server.Address,
                $"/codec.v1.{method}",
                RawCall.Frame(request.ToByteArray()),
                TestContext.Current.CancellationToken
            );
            Assert.True(answer.Status is (int)StatusCode.InvalidArgument or (int)StatusCode.NotFound, $"{method}: {answer}");
            Assert.InRange(answer.HeaderBytes, 20, MaxHeaderBytes);
        }
    }

    [Fact]
    public void ToStatus_ManyViolationsAndMetadata_StaysBoundedAndKeepsTheReason()
    {
        var refusal = new RequestException(RequestError.FailedPrecondition, "BLOBS_MISSING", new string('é', 5000))
        {
            Violations = [.. Enumerable.Range(0, 500).Select(i => new Violation($"{i:x64}", new string('x', 1000)))],
            Metadata = new Dictionary<string, string> { ["size"] = new string('9', 5000) },
            RetryAfter = TimeSpan.FromSeconds(1),
        };

        Google.Rpc.Status status = refusal.ToStatus();

        Assert.InRange(status.CalculateSize() * 4 / 3 + Uri.EscapeDataString(status.Message).Length, 1000, MaxHeaderBytes);
        Assert.Equal("BLOBS_MISSING", status.GetDetail<ErrorInfo>()!.Reason);
        Assert.Equal(1, status.GetDetail<RetryInfo>()!.RetryDelay.Seconds);
        Assert.NotEmpty(status.GetDetail<PreconditionFailure>()!.Violations);
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("short", "short")]
    public void Cut_ShortText_IsUnchanged(string text, string expected) => Assert.Equal(expected, StatusMessages.Cut(text));

    [Fact]
    public void Cut_LongText_EndsBetweenTwoCharacters()
    {
        string cut = StatusMessages.Cut("a" + string.Concat(Enumerable.Repeat("😀", 1000)));
        Assert.EndsWith("😀…", cut, StringComparison.Ordinal);
    }
}
