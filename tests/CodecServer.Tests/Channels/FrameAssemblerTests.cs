using Codec.Frames;
using Codec.Server.Channels;
using Codec.Server.Stores;
using CodecServer.Tests.Infrastructure;

namespace CodecServer.Tests.Channels;

public sealed class FrameAssemblerTests
{
    [Fact]
    public void Take_RunsOfEveryKind_NeverMixesAndLosesNothing()
    {
        var random = new Random(1);
        for (int round = 0; round < 200; round++)
        {
            int maxCodes = random.Next(1, 20),
                maxBytes = random.Next(1, 400);
            var assembler = new FrameAssembler(maxCodes, maxBytes);
            var codes = new List<StoredCode>();
            long sequence = random.Next(1, 100);
            for (int i = 0; i < 10; i++)
            {
                CodeRun run = Runs.Of(
                    random.Next(1, 30),
                    random.Next(1, 60),
                    random.Next(2),
                    random.Next(2) == 0 ? Runs.Version : Runs.OtherVersion,
                    seed: random.Next()
                );
                sequence += random.Next(3) == 0 ? random.Next(5) : 0;
                codes.AddRange(Stored(sequence, run, random.Next(2) == 0 ? "key" : null));
                sequence += run.Codes.Count;
            }

            var frames = new List<AssembledFrame>();
            foreach (StoredCode[] some in codes.Chunk(random.Next(1, 20)))
            {
                assembler.Add(some);
                while (random.Next(3) > 0 && assembler.Take() is { } frame)
                {
                    frames.Add(frame);
                }
            }

            while (assembler.Take() is { } frame)
            {
                frames.Add(frame);
            }

            Assert.Equal(codes.Select(code => code.Code).Hex(), frames.SelectMany(frame => frame.Run.Codes).Hex());
            Assert.Equal(codes.Select(code => code.Sequence), frames.SelectMany(Sequences));
            Assert.Equal(
                codes.Select(code => code.Info),
                frames.SelectMany(frame => Enumerable.Range(0, frame.Run.Codes.Count).Select(i => frame.Run.Info[i]))
            );
            foreach (AssembledFrame frame in frames)
            {
                long[] sequences = Sequences(frame);
                Assert.Equal((sequences[0], sequences[^1] + 1), (frame.FirstSequence, frame.NextSequence));
                Assert.InRange(frame.Run.Codes.Count, 1, maxCodes);
                Assert.True(frame.Run.Codes.Count == 1 || frame.Run.Codes.Sum(code => code.Length) <= maxBytes);
                Assert.All(
                    codes.Where(code => sequences.Contains(code.Sequence)),
                    code => Assert.Equal((code.Version, code.Quality), (frame.Run.Version, frame.Run.Quality))
                );
            }
        }
    }

    [Fact]
    public void IsFull_FollowsBothBounds()
    {
        var assembler = new FrameAssembler(maxCodes: 4, maxBytes: 100);
        assembler.Add(Stored(1, Runs.Of(3, length: 10)));
        Assert.False(assembler.IsFull);
        assembler.Add(Stored(4, Runs.Of(1, length: 10)));
        Assert.True(assembler.IsFull);
        Assert.Equal(4, assembler.Take()!.Run.Codes.Count);
        assembler.Add(Stored(5, Runs.Of(1, length: 100)));
        Assert.True(assembler.IsFull);
    }

    [Fact]
    public void Take_NothingKnownOfTheCodes_SaysNothing()
    {
        var assembler = new FrameAssembler(maxCodes: 4, maxBytes: 100);
        assembler.Add(Stored(1, Runs.Of(3, length: 10)));
        Assert.True(assembler.Take()!.Run.Info.IsEmpty);
    }

    [Fact]
    public void Take_StoredTimesAskedFor_SaysThem()
    {
        var assembler = new FrameAssembler(maxCodes: 4, maxBytes: 100, storedTimes: true);
        assembler.Add(Stored(1, Runs.Of(2, length: 10), "key"));
        Assert.Equal(new CodeInfo { Key = "key", StoredAt = DateTimeOffset.UnixEpoch }, assembler.Take()!.Run.Info[1]);
    }

    private static StoredCode[] Stored(long sequence, CodeRun run, string? key = null) =>
        [
            .. run.Codes.Select(
                (code, i) =>
                    new StoredCode(
                        sequence + i,
                        run.Version,
                        run.Quality,
                        code,
                        key is null ? CodeInfo.None : new CodeInfo { Key = key },
                        DateTimeOffset.UnixEpoch
                    )
            ),
        ];

    private static long[] Sequences(AssembledFrame frame) => frame.Run.Info.Sequences(frame.FirstSequence, frame.Run.Codes.Count);
}
