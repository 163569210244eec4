using Codec.Errors;
using Codec.Images;
using Codec.Schemes.Grid;
using Codec.Tests.Shared;

namespace Codec.Tests.Schemes.Grid;

public sealed class RowPipelineTests
{
    [Fact]
    public void Rows_AreSynthesizedOnceAndInOrder()
    {
        var seen = new List<int>();
        var pipeline = new RowPipeline<int[]>(row => seen.Add(row[0]), () => new int[1]);
        for (int i = 0; i < 5000; i++)
        {
            int[] row = pipeline.Rent();
            row[0] = i;
            pipeline.Add(row);
        }

        pipeline.Finish();
        Assert.Equal(Enumerable.Range(0, 5000), seen);
    }

    [Fact]
    public void ARowThatFails_FailsTheDecodingThread()
    {
        var pipeline = new RowPipeline<int[]>(_ => throw new InvalidDataException("row"), () => new int[1]);
        int added = 0;
        var failure = Assert.Throws<InvalidDataException>(() =>
        {
            for (; added < 100; added++)
                pipeline.Add(pipeline.Rent());
        });
        Assert.Equal("row", failure.Message);
        Assert.InRange(added, 0, 10);
        Assert.Throws<InvalidDataException>(pipeline.Finish);
    }

    [Fact]
    public void Stop_DropsWhatWaits()
    {
        int done = 0;
        using var gate = new ManualResetEventSlim();
        var pipeline = new RowPipeline<int[]>(
            _ =>
            {
                gate.Wait(TestContext.Current.CancellationToken);
                done++;
            },
            () => new int[1]
        );
        pipeline.Add(pipeline.Rent());
        pipeline.Add(pipeline.Rent());
        gate.Set();
        pipeline.Stop();
        int afterStop = done;
        pipeline.Finish();
        Assert.Equal(afterStop, done);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Decode_ALargeImage_GivesTheSamePixelsAsItsParts(bool coloured)
    {
        // Wide enough for two threads; the same code decoded below the bound gives the reference.
        using CodecModel model = CodecModel.Load(SmallGrid.Create(coloured: coloured));
        const int width = 2048,
            height = (int)(GridScheme.LeastPipelinedPixels / width);
        byte[] image = SmallGrid.Image(width, height, seed: 12);
        byte[] large = model.Decode(model.Encode(image, width, height, 1), 1).Samples,
            small = model.Decode(model.Encode(image.AsSpan(0, 3 * width * (height - 8)), width, height - 8, 1), 1).Samples;
        // Contexts reach up and to the left only, so all but the last rows of blocks are coded alike.
        int same = 3 * width * (height - 64);
        Assert.True(large.AsSpan(0, same).SequenceEqual(small.AsSpan(0, same)));
        byte[] code = model.Encode(image, width, height, 1);
        Assert.Throws<InvalidCodeException>(() => model.Decode(code.AsSpan(0, code.Length / 2), 1));
        Assert.Equal(new ImageSize(width, height), model.Decode(code, 1).Size);
    }
}
