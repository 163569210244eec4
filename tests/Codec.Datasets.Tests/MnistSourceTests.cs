using System.Buffers.Binary;
using System.IO.Compression;
using Codec.Tests.Shared;

namespace Codec.Datasets.Tests;

public sealed class MnistSourceTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Read_FourFiles_ReturnsTrainThenTest(bool zipped)
    {
        WriteAll(zipped);
        var source = new MnistSource(_folder.Path);
        LabeledImage[] digits = source.All();
        Assert.Equal(["train/00000", "train/00001", "test/00000"], digits.Select(digit => digit.Id));
        Assert.Equal(["7", "3", "9"], digits.Select(digit => digit.Label));
        Assert.Equal([1, 2, 3, 4, 5, 6], digits[0].Image.Samples);
        Assert.Equal((3, 2, 1), (digits[2].Image.Width, digits[2].Image.Height, digits[2].Image.Channels));
        Assert.Equal(1, source.HeldOut);
        Assert.Equal(2, source.Split().Train.Count);
    }

    [Fact]
    public void Constructor_FileMissing_NamesIt()
    {
        WriteAll(zipped: false);
        File.Delete(Path.Combine(_folder.Path, MnistSource.TestLabels));
        Assert.False(MnistSource.IsIn(_folder.Path));
        Assert.Contains(MnistSource.TestLabels, Refuses(), StringComparison.Ordinal);
    }

    [Fact]
    public void Constructor_LabelsOfAnotherSet_Throws()
    {
        WriteAll(zipped: false);
        _folder.Write(MnistSource.TrainLabels, Idx([3], [7, 3, 1]));
        Assert.Contains("do not belong together", Refuses(), StringComparison.Ordinal);
    }

    [Fact]
    public void Constructor_LabelsInPlaceOfImages_Throws()
    {
        WriteAll(zipped: false);
        _folder.Write(MnistSource.TrainImages, Idx([2], [7, 3]));
        Assert.Contains("dimensions", Refuses(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("00000803")]
    [InlineData("00000D03000000020000000200000003")]
    [InlineData("00000804000000020000000200000003")]
    [InlineData("504B0304000000020000000200000003")]
    [InlineData("00000803FFFFFFFF0000000200000003")]
    [InlineData("0000080300000002FFFFFFFF00000003")]
    [InlineData("00000803000000020000010100000003")]
    [InlineData("00000803000000000000000200000003")]
    public void Constructor_ImpossibleHeader_NamesTheFile(string header)
    {
        WriteAll(zipped: false);
        _folder.Write(MnistSource.TrainImages, Convert.FromHexString(header));
        Assert.Contains(MnistSource.TrainImages, Refuses(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-1, "truncated")]
    [InlineData(1, "continues after")]
    public void Read_FileOfAnotherLength_Throws(int more, string expected)
    {
        WriteAll(zipped: false);
        byte[] images = Idx([2, 2, 3], new byte[12 + more]);
        _folder.Write(MnistSource.TrainImages, images);
        Assert.Contains(expected, new MnistSource(_folder.Path).Fails(), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_HalfAGzip_Throws()
    {
        WriteAll(zipped: true);
        string path = Path.Combine(_folder.Path, MnistSource.TestImages + ".gz");
        byte[] whole = Zip(Idx([1, 256, 256], RandomBytes(65_536)));
        _folder.Write(Path.GetFileName(path), whole[..(whole.Length / 2)]);
        Assert.Contains("truncated", new MnistSource(_folder.Path).Fails(), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_TheRealSet_IsKnown()
    {
        var source = new MnistSource(RealData.Require("mnist"));
        Dataset digits = source.Split();
        Assert.Equal(
            (60_000, 10_000, 28, 28, 1),
            (digits.Train.Count, digits.Test.Count, digits.Train.Width, digits.Train.Height, digits.Train.Channels)
        );
        Assert.Equal(["5", "0", "4", "1", "9"], digits.Train.Labels.Take(5));
        Assert.Equal(["7", "2", "1", "0", "4"], digits.Test.Labels.Take(5));
        // The mean that is commonly used for normalization: 0.1307.
        Assert.Equal(0.1307, digits.Train.ReadAll().Average(sample => sample / 255.0), 4);
    }

    private string Refuses() => Assert.Throws<DatasetException>(() => new MnistSource(_folder.Path)).Message;

    private void WriteAll(bool zipped)
    {
        Write(MnistSource.TrainImages, Idx([2, 2, 3], [1, 2, 3, 4, 5, 6, 10, 20, 30, 40, 50, 60]));
        Write(MnistSource.TrainLabels, Idx([2], [7, 3]));
        Write(MnistSource.TestImages, Idx([1, 2, 3], [9, 9, 9, 9, 9, 9]));
        Write(MnistSource.TestLabels, Idx([1], [9]));

        void Write(string name, byte[] file) => _folder.Write(zipped ? name + ".gz" : name, zipped ? Zip(file) : file);
    }

    private static byte[] Idx(int[] sizes, byte[] items)
    {
        var header = new byte[4 + 4 * sizes.Length];
        header[2] = 8;
        header[3] = (byte)sizes.Length;
        for (int i = 0; i < sizes.Length; i++)
            BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4 + 4 * i), sizes[i]);
        return [.. header, .. items];
    }

    private static byte[] Zip(byte[] file)
    {
        using var zipped = new MemoryStream();
        using (var gzip = new GZipStream(zipped, CompressionLevel.Fastest))
            gzip.Write(file);
        return zipped.ToArray();
    }

    private static byte[] RandomBytes(int count)
    {
        var bytes = new byte[count];
        new Random(5).NextBytes(bytes);
        return bytes;
    }
}
