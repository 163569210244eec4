using Codec.Errors;
using Codec.Images;
using Codec.Models;

namespace Codec.Tests.Models;

public sealed class SizeHeaderTests
{
    [Theory]
    [InlineData(1, 1, "0101")]
    [InlineData(127, 128, "7F8001")]
    [InlineData(768, 512, "80068004")]
    [InlineData(8192, 8192, "80408040")]
    public void Write_Size_GivesTheseBytes(int width, int height, string hex)
    {
        Span<byte> bytes = stackalloc byte[SizeHeader.MaxBytes];
        Assert.Equal(hex, Convert.ToHexString(bytes[..SizeHeader.Write(new ImageSize(width, height), bytes)]));
    }

    [Fact]
    public void Read_EverySide_GivesItBackAndLeavesTheRest()
    {
        byte[] bytes = new byte[SizeHeader.MaxBytes + 1];
        for (int side = 1; side <= ModelLimits.MaxImageSide; side++)
        {
            var size = new ImageSize(side, ModelLimits.MaxImageSide + 1 - side);
            int written = SizeHeader.Write(size, bytes);

            Assert.Equal(size, SizeHeader.Read(bytes, out int read));
            Assert.Equal(written, read);
        }
    }

    [Theory]
    [InlineData("", "width", 0)]
    [InlineData("80", "width", 0)]
    [InlineData("00", "width", 0)]
    [InlineData("800001", "width", 0)]
    [InlineData("81C001", "width", 0)]
    [InlineData("81808001", "width", 0)]
    [InlineData("01", "height", 1)]
    [InlineData("0180", "height", 1)]
    [InlineData("0100", "height", 1)]
    [InlineData("80018140", "height", 2)]
    [InlineData("FF01FFFF", "height", 2)]
    public void Read_CutOffOrOutsideTheBounds_NamesTheSideAndWhere(string hex, string field, int offset)
    {
        var exception = Assert.Throws<InvalidCodeException>(() => SizeHeader.Read(Convert.FromHexString(hex), out _));
        Assert.Equal((field, offset), (exception.Field, exception.Offset));
    }
}
