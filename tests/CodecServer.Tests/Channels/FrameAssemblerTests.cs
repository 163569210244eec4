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
            int maxCodes = random.Next(1, 20), maxBytes = random.Next(1, 400);
            var assembler = new FrameAssembler(maxCodes, maxBytes);
            var runs = new List<StoredRun>();
            long sequence = random.Next(1, 100);
            for (int i = 0; i < 10; i++)
            {
                CodeRun run = Runs.Of(
                    random.Next(1, 30), random.Next(1, 60), random.Next(2), random.Next(2) == 0 ? Runs.Version : Runs.OtherVersion, seed: random.Next());
                runs.Add(new StoredRun(sequence, run));
                sequence += run.Codes.Count;
            }

            var frames = new List<StoredRun>();
            foreach (StoredRun run in runs)
            {
                assembler.Add(run);
                while (random.Next(3) > 0 && assembler.Take() is { } frame)
                {
                    frames.Add(frame);
                }
            }

            while (assembler.Take() is { } frame)
            {
                frames.Add(frame);
            }

            Assert.Equal(runs.Hex(), frames.Hex());
            long next = runs[0].FirstSequence;
            foreach (StoredRun frame in frames)
            {
                Assert.Equal(next, frame.FirstSequence);
                Assert.InRange(frame.Run.Codes.Count, 1, maxCodes);
                Assert.True(frame.Run.Codes.Count == 1 || frame.Run.Codes.Sum(code => code.Length) <= maxBytes);
                StoredRun source = runs.Last(run => run.FirstSequence <= frame.FirstSequence);
                Assert.Equal((source.Run.Version, source.Run.Quality), (frame.Run.Version, frame.Run.Quality));
                next += frame.Run.Codes.Count;
            }
        }
    }

    [Fact]
    public void IsFull_FollowsBothBounds()
    {
        var assembler = new FrameAssembler(maxCodes: 4, maxBytes: 100);
        assembler.Add(new StoredRun(1, Runs.Of(3, length: 10)));
        Assert.False(assembler.IsFull);
        assembler.Add(new StoredRun(4, Runs.Of(1, length: 10)));
        Assert.True(assembler.IsFull);
        Assert.Equal(4, assembler.Take()!.Run.Codes.Count);
        assembler.Add(new StoredRun(5, Runs.Of(1, length: 100)));
        Assert.True(assembler.IsFull);
    }
}
