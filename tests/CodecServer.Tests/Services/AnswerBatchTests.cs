using Codec.Server.Services;
using Google.Protobuf;
using Grpc.Core;
using V1 = Codec.V1;

namespace CodecServer.Tests.Services;

public sealed class AnswerBatchTests
{
    [Fact]
    public void OptionsFor_FollowedAnswers_WaitUntilTheyAreMany()
    {
        var batch = new AnswerBatch();
        V1.EncodeResponse answer = Answer(3000);

        bool[] waits = [.. Enumerable.Range(0, 12).Select(_ => Waits(batch.OptionsFor(answer, isFollowed: true)))];

        // 5 of 3 KiB fit into 16 KiB; the sixth is written with them.
        bool[] six = [true, true, true, true, true, false];
        Assert.Equal([.. six, .. six], waits);
    }

    [Fact]
    public void OptionsFor_LastOrLargeAnswer_IsWrittenAtOnce()
    {
        var batch = new AnswerBatch();

        Assert.False(Waits(batch.OptionsFor(Answer(10), isFollowed: false)));
        Assert.False(Waits(batch.OptionsFor(Answer(100_000), isFollowed: true)));
    }

    private static bool Waits(WriteOptions? options) => options?.Flags.HasFlag(WriteFlags.BufferHint) == true;

    private static V1.EncodeResponse Answer(int bytes) => new() { Code = ByteString.CopyFrom(new byte[bytes]) };
}
