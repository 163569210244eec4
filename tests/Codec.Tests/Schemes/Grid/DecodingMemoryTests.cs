using Codec.Images;
using Codec.Models;
using Codec.Schemes.Grid;
using Codec.Tests.Shared;

namespace Codec.Tests.Schemes.Grid;

/// <summary>A service reserves memory by what decoding was said to allocate.</summary>
public sealed class DecodingMemoryTests
{
    /// <summary>Allocations that do not grow with the image.</summary>
    private const long Fixed = 64 << 10;

    [Theory]
    [InlineData(3, 2, false, 0)]
    [InlineData(150, 100, false, 0)]
    [InlineData(8000, 100, false, 0)]
    [InlineData(100, 8000, false, 0)]
    [InlineData(300, 700, false, 0)]
    [InlineData(300, 700, false, 8)]
    [InlineData(8192, 20, false, 0)]
    [InlineData(1500, 900, true, 0)]
    [InlineData(1500, 900, true, 20)]
    [InlineData(8192, 150, true, 0)]
    public void MeasureDecoding_AnySize_BoundsWhatDecodingAllocates(int width, int height, bool large, int sliceRows)
    {
        var size = new ImageSize(width, height);
        Assert.Equal(large, size.Pixels >= GridScheme.LeastPipelinedPixels);
        using CodecModel model = CodecModel.Load(
            SmallGrid.Create(slices: sliceRows == 0 ? null : new SliceEntry(0, sliceRows), stretch: true)
        );
        byte[] code = model.Encode(SmallGrid.Image(width, height, 1), width, height, 0);
        model.Decode(code, 0);

        long before = GC.GetAllocatedBytesForCurrentThread();
        Raster image = model.Decode(code, 0);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before - image.Samples.Length;

        // The rows of the second thread are allocated by the first; how many there are depends on how the two keep pace. Of the slices,
        // this thread takes at least one.
        long measured = model.MeasureDecoding(size);
        TestContext.Current.SendDiagnosticMessage($"{size}: {allocated} bytes allocated, {measured} measured");
        Assert.InRange(allocated, measured / 6 - Fixed, measured + Fixed);
    }
}
