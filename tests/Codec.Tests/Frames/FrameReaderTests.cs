using Codec.Frames;
using Codec.Images;
using Codec.Models;
using Codec.Tests.Shared;

namespace Codec.Tests.Frames;

/// <summary>Reading a frame image by image.</summary>
public sealed class FrameReaderTests
{
    private const int Quality = 1;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void ReadImageInto_MemoryThatIsUsedAgain_GivesTheImagesOfDecodeFrame(bool isGrid)
    {
        using CodecModel model = CodecModel.Load(isGrid ? SmallGrid.Create() : SmallModel.Create());
        ReadOnlyMemory<byte> code = model.Manifest.Golden.Code;
        byte[] frame = CodeFrame.Write(Quality, [code, code, code]);
        FrameReader reader = model.ReadFrame(frame);
        ImageSize size = reader.PeekSize();
        byte[] memory = new byte[size.Pixels * model.Manifest.Input.Channels + 2];
        Memory<byte> samples = memory.AsMemory(1, memory.Length - 2);

        foreach (Raster expected in model.DecodeFrame(frame))
        {
            memory.AsSpan().Fill(77);
            reader.ReadImageInto(samples);
            Assert.Equal(expected.Samples, samples.ToArray());
            Assert.Equal((77, 77), (memory[0], memory[^1]));
        }

        Assert.Equal(0, reader.Remaining);
        Assert.Throws<InvalidOperationException>(() => reader.ReadImageInto(samples));
    }

    [Fact]
    public void ReadImageInto_MemoryOfAnotherLength_IsRefusedAndTheCodeCanStillBeRead()
    {
        using CodecModel model = CodecModel.Load(SmallModel.Create());
        FrameReader reader = model.ReadFrame(CodeFrame.Write(Quality, [model.Manifest.Golden.Code]));
        int length = (int)reader.PeekSize().Pixels * model.Manifest.Input.Channels;

        string message = Assert.Throws<ArgumentException>(() => reader.ReadImageInto(new byte[length + 1])).Message;

        Assert.Contains($"needs {length} samples, not {length + 1}", message, StringComparison.Ordinal);
        reader.ReadImageInto(new byte[length]);
    }
}
