namespace Codec.Client.Tests.Images;

public sealed class ImageSourceTests
{
    [Fact]
    public void From_BufferChangedAfterwards_KeepsItsCopy()
    {
        byte[] pixels = [1, 2, 3],
            file = [4, 5];
        ImageSource fromPixels = ImageSource.FromPixels(pixels, 1, 1),
            fromFile = ImageSource.FromFile(file);
        pixels[0] = file[0] = 9;
        Assert.Equal([1, 2, 3], fromPixels.Message.Pixels.Data.ToByteArray());
        Assert.Equal([4, 5], fromFile.Message.File.ToByteArray());
    }

    [Fact]
    public void Borrow_BufferChangedAfterwards_SeesTheChange()
    {
        byte[] pixels = [1, 2, 3],
            file = [4, 5];
        ImageSource ofPixels = ImageSource.BorrowPixels(pixels, 1, 1),
            ofFile = ImageSource.BorrowFile(file, ImageFit.Cover);
        pixels[0] = file[0] = 9;
        Assert.Equal([9, 2, 3], ofPixels.Message.Pixels.Data.ToByteArray());
        Assert.Equal([9, 5], ofFile.Message.File.ToByteArray());
        Assert.Equal("Cover", $"{ofFile.Message.Fit}");
    }

    [Fact]
    public void Borrow_WrongSize_IsRefusedAsWithACopy()
    {
        Assert.Throws<ArgumentException>(() => ImageSource.BorrowPixels(new byte[4], 1, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => ImageSource.BorrowPixels(new byte[2], 1, 1, channels: 2));
        Assert.Throws<ArgumentException>(() => ImageSource.BorrowFile(ReadOnlyMemory<byte>.Empty));
        Assert.Throws<ArgumentOutOfRangeException>(() => ImageSource.FromFile(new byte[1], (ImageFit)7));
    }
}
