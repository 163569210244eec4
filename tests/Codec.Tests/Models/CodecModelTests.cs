using Codec.Errors;
using Codec.Frames;
using Codec.Models;
using Codec.Tests.Shared;

namespace Codec.Tests.Models;

public sealed class CodecModelTests
{
    private static readonly ModelPackage Package = SmallModel.Create();

    [Fact]
    public void Decode_WhatWasEncoded_IsNearTheImageAndNearerAtHigherQuality()
    {
        using CodecModel model = CodecModel.Load(Package);
        double[] error = new double[2],
            bytes = new double[2];
        for (int quality = 0; quality < 2; quality++)
        {
            for (int seed = 0; seed < 100; seed++)
            {
                byte[] image = SmallModel.Image(seed);
                byte[] code = model.Encode(image, SmallModel.Side, SmallModel.Side, quality);
                error[quality] += SquaredError(image, model.Decode(code, quality).Samples) / image.Length / 100;
                bytes[quality] += code.Length / 100.0;
            }
        }

        Assert.InRange(error[1], 1, 60);
        Assert.InRange(error[0], 1.5 * error[1], 600);
        Assert.InRange(bytes[0], 1, 0.7 * bytes[1]);
        Assert.InRange(bytes[1], 1, 40);
    }

    [Fact]
    public void Encode_WithTheTimeOfItsAnalysis_GivesTheSameCodes()
    {
        using CodecModel model = CodecModel.Load(SmallModel.Create());
        byte[] image = SmallModel.Image(3);

        byte[] code = model.Encode(image, SmallModel.Side, SmallModel.Side, 1, effort: 0, out TimeSpan alone);
        byte[][] codes = model.EncodeBatch([.. image, .. image], 1, out TimeSpan together);

        Assert.Equal(model.Encode(image, SmallModel.Side, SmallModel.Side, 1), code);
        Assert.All(codes, each => Assert.Equal(code, each));
        Assert.All([alone, together], time => Assert.InRange(time, TimeSpan.FromTicks(1), TimeSpan.FromMinutes(1)));
    }

    [Fact]
    public void EncodeBatch_ManyImages_GivesTheCodesOfEachAlone()
    {
        using CodecModel model = CodecModel.Load(Package);
        byte[][] images = [.. Enumerable.Range(0, 150).Select(SmallModel.Image)];
        byte[][] codes = model.EncodeBatch([.. images.SelectMany(image => image)], 1);
        Assert.Equal(images.Select(image => model.Encode(image, SmallModel.Side, SmallModel.Side, 1)), codes);
    }

    [Fact]
    public void DecodeFrame_ManyThreads_GiveTheSamePixels()
    {
        using CodecModel model = CodecModel.Load(Package);
        ReadOnlyMemory<byte>[] codes =
        [
            .. Enumerable
                .Range(0, 40)
                .Select(seed => (ReadOnlyMemory<byte>)model.Encode(SmallModel.Image(seed), SmallModel.Side, SmallModel.Side, 1)),
        ];
        byte[] frame = CodeFrame.Write(1, codes, checksum: true, model.Version);
        byte[][] expected = [.. codes.Select(code => model.Decode(code.Span, 1).Samples)];
        Parallel.For(
            0,
            64,
            new ParallelOptions { MaxDegreeOfParallelism = 8 },
            _ => Assert.Equal(expected, model.DecodeFrame(frame).Select(image => image.Samples))
        );
    }

    [Fact]
    public void SplitFrame_WhatWasWritten_GivesTheCodes()
    {
        using CodecModel model = CodecModel.Load(Package);
        ReadOnlyMemory<byte>[] codes =
        [
            .. Enumerable
                .Range(0, 300)
                .Select(seed => (ReadOnlyMemory<byte>)model.Encode(SmallModel.Image(seed), SmallModel.Side, SmallModel.Side, 0)),
        ];
        FrameCodes split = model.SplitFrame(CodeFrame.Write(0, codes));
        Assert.Equal(0, split.Quality);
        Assert.Equal(codes.Select(code => code.ToArray()), split.Codes.Select(code => code.ToArray()));
    }

    [Fact]
    public void DecodeFrame_OfAnotherVersion_NamesBoth()
    {
        using CodecModel model = CodecModel.Load(Package);
        byte[] frame = CodeFrame.Write(
            0,
            [model.Encode(SmallModel.Image(0), SmallModel.Side, SmallModel.Side, 0)],
            version: SmallModel.Create(note: "other").Version
        );
        var exception = Assert.Throws<InvalidCodeException>(() => model.DecodeFrame(frame));
        Assert.Equal("version", exception.Field);
        Assert.Contains(model.Version.Hex, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Decode_TruncatedFlippedOrOverlong_ThrowsOrGivesOtherSymbols()
    {
        using CodecModel model = CodecModel.Load(Package);
        int noticed = 0,
            flipped = 0;
        for (int seed = 0; seed < 50; seed++)
        {
            byte[] code = model.Encode(SmallModel.Image(seed), SmallModel.Side, SmallModel.Side, 1);
            Assert.Throws<InvalidCodeException>(() => model.Decode([.. code, 0], 1));
            for (int length = 0; length < code.Length; length++)
                Assert.Throws<InvalidCodeException>(() => model.Decode(code.AsSpan(0, length), 1));
            for (int bit = 0; bit < code.Length * 8; bit++, flipped++)
            {
                byte[] damaged = [.. code];
                damaged[bit / 8] ^= (byte)(1 << (bit % 8));
                try
                {
                    // Without a checksum not every flip is detected, but no two codes have the same symbols.
                    Assert.NotEqual(model.DecodeSymbols(code, 1), model.DecodeSymbols(damaged, 1));
                }
                catch (InvalidCodeException)
                {
                    noticed++;
                }
            }
        }

        Assert.InRange(noticed, flipped / 2, flipped);
    }

    [Fact]
    public void DecodeFrame_RandomBytes_GivesOnlyTheDocumentedException()
    {
        using CodecModel model = CodecModel.Load(Package);
        var random = new Random(12);
        byte[] frame = CodeFrame.Write(
            1,
            [
                .. Enumerable
                    .Range(0, 6)
                    .Select(seed => (ReadOnlyMemory<byte>)model.Encode(SmallModel.Image(seed), SmallModel.Side, SmallModel.Side, 1)),
            ]
        );
        for (int round = 0; round < 100_000; round++)
        {
            byte[] bytes;
            if (round % 2 == 0)
            {
                bytes = new byte[random.Next(80)];
                random.NextBytes(bytes);
                if (bytes.Length > 2)
                    (bytes[0], bytes[1]) = ((byte)(0x10 | random.Next(4)), (byte)random.Next(3));
            }
            else
            {
                bytes = [.. frame];
                for (int i = 0; i <= round % 3; i++)
                    bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            try
            {
                Assert.NotEmpty(model.DecodeFrame(bytes));
            }
            catch (InvalidCodeException) { }
        }
    }

    [Fact]
    public void Load_WithoutTheEncoder_DecodesAndRefusesToEncode()
    {
        using CodecModel whole = CodecModel.Load(Package);
        Dictionary<Digest, ReadOnlyMemory<byte>> blobs = new(Package.Blobs);
        blobs.Remove(Package.Manifest.Encoder.Digest);
        using CodecModel model = CodecModel.Load(new ModelPackage(Package.ManifestBytes, blobs));
        byte[] image = SmallModel.Image(3);
        byte[] code = whole.Encode(image, SmallModel.Side, SmallModel.Side, 1);
        Assert.False(model.CanEncode);
        Assert.Equal(whole.Decode(code, 1).Samples, model.Decode(code, 1).Samples);
        Assert.Contains(
            "encoder",
            Assert.Throws<InvalidOperationException>(() => model.Encode(image, SmallModel.Side, SmallModel.Side, 1)).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Load_PartsThatDoNotFit_NamesThePart()
    {
        ModelManifest manifest = Package.Manifest;
        Refused("prior", manifest with { Latents = 47 });
        Refused("prior", manifest with { Qualities = [manifest.Qualities[0]], Golden = manifest.Golden with { Quality = 0 } });
        Refused("encoder", manifest with { Encoder = manifest.Heads[0].Graph });
        Refused("head image", manifest with { Heads = [manifest.Heads[0] with { Graph = manifest.Encoder }] });
        Refused("head image", manifest with { Heads = [manifest.Heads[0] with { Output = SmallModel.Geometry with { Width = 4 } }] });
        Refused("prior", manifest with { Prior = manifest.Encoder });

        static void Refused(string field, ModelManifest manifest)
        {
            Dictionary<Digest, ReadOnlyMemory<byte>> blobs = Package
                .Blobs.Where(blob => manifest.Blobs.Any(entry => entry.Digest == blob.Key))
                .ToDictionary();
            var package = new ModelPackage(manifest.ToJson(), blobs);
            Assert.Equal(field, Assert.Throws<InvalidModelException>(() => CodecModel.Load(package)).Field);
        }
    }

    [Fact]
    public void CheckGolden_GoodModel_Passes()
    {
        using CodecModel model = CodecModel.Load(Package);
        model.CheckGolden();
    }

    [Fact]
    public void CheckQualities_CoarserStepOfAHigherQuality_NamesIt()
    {
        using CodecModel good = CodecModel.Load(SmallModel.Create()),
            falling = CodecModel.Load(SmallModel.Create(step: 90f));
        good.CheckQualities();
        var fault = Assert.Throws<InvalidModelException>(falling.CheckQualities);
        Assert.Contains("qualities[1]", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void CheckGolden_CodeOfAnotherImage_Throws()
    {
        using CodecModel model = CodecModel.Load(Package);
        foreach (byte[] code in new[] { model.Encode(SmallModel.Image(99), SmallModel.Side, SmallModel.Side, 1), [1, 2, 3] })
        {
            ModelManifest manifest = Package.Manifest with { Golden = Package.Manifest.Golden with { Code = code } };
            using CodecModel other = CodecModel.Load(new ModelPackage(manifest.ToJson(), Package.Blobs));
            Assert.Throws<InvalidModelException>(other.CheckGolden);
        }
    }

    [Fact]
    public void Encode_WrongLengthOrQuality_SaysWhatIsAllowed()
    {
        using CodecModel model = CodecModel.Load(Package);
        Assert.Contains(
            "8×8×3",
            Assert.Throws<ArgumentException>(() => model.Encode(new byte[5], 8, 8, 0)).Message,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "takes 8×8",
            Assert.Throws<ArgumentException>(() => model.Encode(new byte[192], 16, 4, 0)).Message,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "0 to 1",
            Assert
                .Throws<ArgumentOutOfRangeException>(() => model.Encode(SmallModel.Image(0), SmallModel.Side, SmallModel.Side, 2))
                .Message,
            StringComparison.Ordinal
        );
        Assert.Contains("image", Assert.Throws<ArgumentException>(() => model.Decode([1], 0, "mask")).Message, StringComparison.Ordinal);
    }

    private static double SquaredError(byte[] a, byte[] b) => a.Zip(b).Sum(pair => Math.Pow(pair.First - pair.Second, 2));
}
