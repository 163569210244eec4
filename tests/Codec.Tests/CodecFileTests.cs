using Codec.Errors;
using Codec.Frames;
using Codec.Images;
using Codec.Models;
using Codec.Tests.Shared;

namespace Codec.Tests;

public sealed class CodecFileTests : IDisposable
{
    private const int Quality = 1;
    private readonly CodecModel _model = CodecModel.Load(SmallModel.Create());
    private readonly Raster _image = new(
        SmallModel.Side,
        SmallModel.Side,
        3,
        [.. Enumerable.Range(0, SmallModel.Side * SmallModel.Side * 3).Select(i => (byte)i)]
    );

    public void Dispose() => _model.Dispose();

    [Fact]
    public void Decode_EncodedFile_GivesTheModelsPixelsAndNamesTheVersion()
    {
        var info = new CodeInfo { Key = "camera-1" };

        byte[] file = CodecFile.Encode(_model, _image, Quality, info);

        Assert.Equal(_model.Version, CodecFile.ReadVersion(file));
        byte[] code = _model.Encode(_image.Samples, _image.Width, _image.Height, Quality);
        Assert.Equal(_model.Decode(code, Quality).Samples, CodecFile.Decode(_model, file).Samples);
        Assert.Equal("camera-1", _model.SplitFrame(file).Info[0].Key);
    }

    [Fact]
    public void Decode_AnyByteChanged_Throws()
    {
        byte[] file = CodecFile.Encode(_model, _image, Quality);
        for (int i = 0; i < file.Length; i++)
        {
            byte[] damaged = [.. file];
            damaged[i] ^= 0x10;
            Assert.Throws<InvalidCodeException>(() => CodecFile.Decode(_model, damaged));
        }
    }

    [Fact]
    public void Decode_SeveralCodes_IsRefused()
    {
        byte[] code = _model.Encode(_image.Samples, _image.Width, _image.Height, Quality);
        byte[] frame = CodeFrame.Write(Quality, [code, code], checksum: true, _model.Version);

        Assert.Contains(
            "2 codes",
            Assert.Throws<InvalidCodeException>(() => CodecFile.Decode(_model, frame)).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void ReadVersion_FrameWithoutOne_IsRefused()
    {
        byte[] code = _model.Encode(_image.Samples, _image.Width, _image.Height, Quality);
        byte[] frame = CodeFrame.Write(Quality, [code]);

        Assert.Equal("version", Assert.Throws<InvalidCodeException>(() => CodecFile.ReadVersion(frame)).Field);
    }

    [Fact]
    public void Encode_AnotherNumberOfChannels_IsRefused()
    {
        var grey = new Raster(SmallModel.Side, SmallModel.Side, 1, new byte[SmallModel.Side * SmallModel.Side]);

        Assert.Contains(
            "1 channels",
            Assert.Throws<ArgumentException>(() => CodecFile.Encode(_model, grey, Quality)).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Load_FileOfTheLargestFrameAndOneMore_IsRefusedBeforeItIsRead()
    {
        using var folder = new TemporaryDirectory();
        string path = folder.Write("a" + CodecFile.Extension, [1, 2, 3]);
        Assert.Equal([1, 2, 3], CodecFile.Load(path));

        using (FileStream file = File.OpenWrite(path))
            file.SetLength(ModelLimits.MaxFrameBytes + 1L);

        Assert.Throws<InvalidCodeException>(() => CodecFile.Load(path));
    }

    [Fact]
    public void LoadModel_FromAStream_GivesTheSameVersion()
    {
        using var folder = new TemporaryDirectory();
        SmallModel.Create().Save(folder.File("small.codec"));
        using var stream = new MemoryStream(File.ReadAllBytes(folder.File("small.codec")));

        Assert.Equal(_model.Version, ModelPackage.Load(stream).Version);
        Assert.True(stream.CanRead);
        stream.SetLength(stream.Length / 2);
        Assert.Throws<InvalidModelException>(() => ModelPackage.Load(stream));
    }
}
