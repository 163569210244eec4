using Codec.Frames;
using Codec.Server.Channels;
using Codec.Server.Stores;
using Codec.Tests.Shared;
using CodecServer.Tests.Infrastructure;
using CsCheck;

namespace CodecServer.Tests.Channels;

public sealed class FrameAssemblerTests
{
    [Fact]
    public void Take_RunsOfEveryKind_AreNeitherMixedNorLost()
    {
        Gen<(CodeRun Run, int Gap, bool HasKey)> runs = Gen.Select(
            Gen.Select(Gen.Int[1, 29], Gen.Int[1, 59], Gen.Int[0, 1], Gen.Bool, Gen.Int[0, int.MaxValue - 1])
                .Select(
                    (count, length, quality, isOther, seed) =>
                        Runs.Of(count, length, quality, isOther ? Runs.OtherVersion : Runs.Version, seed)
                ),
            Gen.Frequency((2, Gen.Const(0)), (1, Gen.Int[0, 4])),
            Gen.Bool
        );
        Gen.Select(Gen.Int[1, 19], Gen.Int[1, 399], Gen.Int[1, 99], runs.Array[10], Gen.Int[1, 19], Gen.Int[0, 3].Array[30])
            .Holds(
                sample =>
                {
                    (int maxCodes, int maxBytes, long sequence, var drawn, int added, int[] taken) = sample;
                    var assembler = new FrameAssembler(maxCodes, maxBytes);
                    var codes = new List<StoredCode>();
                    foreach ((CodeRun run, int gap, bool hasKey) in drawn)
                    {
                        sequence += gap;
                        codes.AddRange(Stored(sequence, run, hasKey ? "key" : null));
                        sequence += run.Codes.Count;
                    }

                    // Codes are added in parts; up to three frames are taken after each.
                    var frames = new List<AssembledFrame>();
                    foreach ((StoredCode[] some, int i) in codes.Chunk(added).Select((some, i) => (some, i)))
                    {
                        assembler.Add(some);
                        for (int take = taken[i % taken.Length]; take > 0 && assembler.Take() is { } frame; take--)
                            frames.Add(frame);
                    }

                    while (assembler.Take() is { } frame)
                        frames.Add(frame);

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
                },
                count: 200
            );
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
    public void Take_CodesWithoutInfo_HasNoInfo()
    {
        var assembler = new FrameAssembler(maxCodes: 4, maxBytes: 100);
        assembler.Add(Stored(1, Runs.Of(3, length: 10)));
        Assert.True(assembler.Take()!.Run.Info.IsEmpty);
    }

    [Fact]
    public void Take_StoredTimesRequested_HasThem()
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
