using Codec.Entropy;
using Codec.Errors;
using Codec.Frames;
using Codec.Images;
using Codec.Models;
using Codec.Tests.Golden;
using Codec.Tests.Shared;

namespace Codec.Tests.Schemes.Grid;

public sealed class PaletteCodeTests : IDisposable
{
    private readonly CodecModel _model = CodecModel.Load(WithPalette(SmallGrid.Create()));

    public void Dispose() => _model.Dispose();

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(1, 300, 2)]
    [InlineData(300, 1, 7)]
    [InlineData(2, 2, 4)]
    [InlineData(61, 47, 2)]
    [InlineData(61, 47, 40)]
    [InlineData(64, 64, 256)]
    public void Encode_FewColours_DecodesToTheSameImage(int width, int height, int colours)
    {
        byte[] image = Shapes(width, height, colours, seed: 3);
        byte[] payload = PaletteCoder.Encode(image, new ImageSize(width, height))!;
        byte[] decoded = new byte[image.Length];
        Assert.Equal(payload.Length, PaletteCoder.Decode([.. payload, 1, 2, 3], new ImageSize(width, height), 3, decoded));
        Assert.Equal(image, decoded);
        Assert.Equal(payload.Length, PaletteCoder.Decode(payload, new ImageSize(width, height), 3, image: []));

        (byte[] samples, int length) = new ReferencePalette(width, height, 3, payload).Decode()!.Value;
        Assert.Equal(image, samples);
        Assert.Equal(payload.Length, length);
    }

    [Fact]
    public void Encode_TooManyColours_IsNull() =>
        Assert.Null(
            PaletteCoder.Encode(
                [.. Enumerable.Range(0, 257).SelectMany(i => new[] { (byte)i, (byte)(i >> 8), (byte)0 })],
                new ImageSize(257, 1)
            )
        );

    [Fact]
    public void Model_ADrawing_IsCodedWithoutLossInNoMoreBytes()
    {
        byte[] image = Shapes(64, 48, 4, seed: 8);
        using CodecModel blocks = CodecModel.Load(SmallGrid.Create());
        byte[] code = _model.Encode(image, 64, 48, 1);
        Assert.Equal(0, code[0]);
        Assert.True(code.Length < blocks.Encode(image, 64, 48, 1).Length);
        Assert.Equal(new ImageSize(64, 48), _model.ReadSize(code.AsSpan(0, 5)));
        Assert.Equal(image, _model.Decode(code, 1).Samples);
        Assert.Empty(_model.DecodeSymbols(code, 1));
        byte[] frame = CodeFrame.Write(1, [code, code]);
        Assert.All(_model.DecodeFrame(frame), decoded => Assert.Equal(image, decoded.Samples));
        Assert.Equal(2, _model.SplitFrame(frame).Codes.Count);
    }

    [Fact]
    public void Model_APhotograph_IsCodedAsBefore()
    {
        byte[] image = SmallGrid.Image(40, 32, seed: 2);
        using CodecModel blocks = CodecModel.Load(SmallGrid.Create());
        Assert.Equal(blocks.Encode(image, 40, 32, 0), _model.Encode(image, 40, 32, 0));
    }

    [Fact]
    public void Model_WithoutPalette_RefusesThePaletteMark()
    {
        byte[] code = _model.Encode(Shapes(64, 48, 4, seed: 8), 64, 48, 1);
        using CodecModel blocks = CodecModel.Load(SmallGrid.Create());
        Assert.Equal("width", Assert.Throws<InvalidCodeException>(() => blocks.Decode(code, 1)).Field);
    }

    [Fact]
    public void Decode_DamagedCodes_GiveTheReferencesImageOrTheDocumentedException()
    {
        byte[] image = Shapes(19, 15, 5, seed: 4);
        byte[] whole = PaletteCoder.Encode(image, new ImageSize(19, 15))!;
        for (int length = 0; length < whole.Length; length++)
            Assert.Throws<InvalidCodeException>(() => Decode(whole[..length]));
        var random = new Random(5);
        for (int n = 0; n < 300; n++)
        {
            byte[] damaged = [.. whole];
            for (int flips = random.Next(1, 4); flips > 0; flips--)
                damaged[random.Next(damaged.Length)] ^= (byte)(1 << random.Next(8));
            (byte[] Samples, int Length)? expected = new ReferencePalette(19, 15, 3, damaged).Decode();
            if (expected is { } right)
                Assert.Equal(right.Samples, Decode(damaged));
            else
                Assert.Throws<InvalidCodeException>(() => Decode(damaged));
        }

        static byte[] Decode(byte[] payload)
        {
            byte[] decoded = new byte[19 * 15 * 3];
            PaletteCoder.Decode(payload, new ImageSize(19, 15), 3, decoded);
            return decoded;
        }
    }

    [Fact]
    public void Decode_RandomCodes_ThrowOnlyTheDocumentedException()
    {
        var random = new Random(6);
        byte[] code = new byte[40];
        for (int n = 0; n < 100_000; n++)
        {
            random.NextBytes(code);
            (code[0], code[1], code[2]) = (0, (byte)random.Next(1, 24), (byte)random.Next(1, 24));
            try
            {
                _model.Decode(code.AsSpan(0, random.Next(code.Length)), 0);
            }
            catch (InvalidCodeException) { }
        }
    }

    [Fact]
    public void Encode_TheGoldenImages_GivesTheGoldenCodes()
    {
        foreach (string line in File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Golden", "palette-vectors.txt")))
        {
            string[] parts = line.Split(" : ");
            int[] sides = [.. parts[0].Split(' ').Select(int.Parse)];
            byte[] image = Convert.FromHexString(parts[1]),
                code = Convert.FromHexString(parts[2]);
            Assert.Equal(code, _model.Encode(image, sides[0], sides[1], 1));
            Assert.Equal(image, _model.Decode(code, 1).Samples);
        }
    }

    [Theory]
    [InlineData(2, "grid.palette")]
    [InlineData(6, "format")]
    public void Manifest_OfAnotherFormat_IsRefused(int format, string field)
    {
        ModelManifest manifest = WithPalette(SmallGrid.Create()).Manifest;
        Assert.Equal(field, Assert.Throws<InvalidModelException>(() => (manifest with { Format = format }).ToJson()).Field);
    }

    [Fact]
    public void Manifest_WithTwoHeads_IsRefused()
    {
        ModelManifest manifest = WithPalette(SmallGrid.Create()).Manifest;
        HeadEntry other = manifest.Heads[0] with { Name = "other" };
        Assert.Equal(
            "grid.palette",
            Assert.Throws<InvalidModelException>(() => (manifest with { Heads = [.. manifest.Heads, other] }).ToJson()).Field
        );
    }

    internal static ModelPackage WithPalette(ModelPackage package)
    {
        ModelManifest manifest = package.Manifest with
        {
            Format = ModelManifest.PaletteFormat,
            Grid = package.Manifest.Grid! with { Palette = true },
            Heads = [package.Manifest.GetHead(ModelManifest.ImageHead)],
        };
        return new ModelPackage(manifest.ToJson(), package.Blobs);
    }

    /// <summary>Draws overlapping rectangles of random colours.</summary>
    internal static byte[] Shapes(int width, int height, int colours, int seed)
    {
        var random = new Random(seed);
        byte[][] palette = [.. Enumerable.Range(0, colours).Select(i => new[] { (byte)i, (byte)random.Next(256), (byte)random.Next(256) })];
        var image = new byte[width * height * 3];
        for (int shape = 0; shape < 2 * colours; shape++)
        {
            int left = shape == 0 ? 0 : random.Next(width),
                top = shape == 0 ? 0 : random.Next(height),
                right = shape == 0 ? width : random.Next(left, width) + 1,
                bottom = shape == 0 ? height : random.Next(top, height) + 1;
            for (int y = top; y < bottom; y++)
            {
                for (int x = left; x < right; x++)
                    palette[shape % colours].CopyTo(image, (y * width + x) * 3);
            }
        }

        return image;
    }
}
