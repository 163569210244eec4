using System.Security.Cryptography;
using Codec.Images;
using Codec.Imaging;
using Codec.Tests.Shared;

namespace Codec.Datasets.Tests;

public sealed class LfwSourceTests : IDisposable
{
    private static readonly FaceCrop Crop = new(Margin: 2, Width: 3, Height: 3);

    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Read_Archive_ReturnsFacesInTheOrderOfTheirPaths()
    {
        LabeledImage[] faces = new LfwSource(_folder.Write("lfw.tgz", TestArchives.ThreeFaces()), Crop).All();
        Assert.Equal(["Ada_B/Ada_B_0001.jpg", "Ada_B/Ada_B_0002.jpg", "Bo_C/Bo_C_0001.jpg"], faces.Select(face => face.Id));
        Assert.Equal(["Ada_B", "Ada_B", "Bo_C"], faces.Select(face => face.Label));
        Assert.Equal([10, 20, 30], faces.Select(face => face.Image.Samples[0]));
        Assert.All(faces, face => Assert.Equal((3, 3, 3), (face.Image.Width, face.Image.Height, face.Image.Channels)));
    }

    [Fact]
    public void Choose_SomePhotographs_ReadsOnlyThem()
    {
        // The photograph that is left out is not a JPEG: decoding it would fail.
        var whole = new LfwSource(
            _folder.Write(
                "lfw.tgz",
                TestArchives.Tgz(("lfw/Bo_C/Bo_C_0001.jpg", TestArchives.Photo(30)), ("lfw/Ada_B/Ada_B_0001.jpg", [1]))
            ),
            Crop
        );
        Assert.Equal(["Ada_B/Ada_B_0001.jpg", "Bo_C/Bo_C_0001.jpg"], whole.ReadIds());
        LabeledImage face = Assert.Single(whole.Choose(["Bo_C/Bo_C_0001.jpg"], new FaceCrop(0, 10, 10)).All());
        Assert.Equal(("Bo_C", 10), (face.Label, face.Image.Width));
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("lfw-deepfunneled/", "")]
    [InlineData("lfw/", "lfw")]
    public void Read_Folder_ReturnsTheSameAsTheArchive(string within, string opened)
    {
        foreach (
            (string id, byte grey) in new[]
            {
                ("Ada_B/Ada_B_0001.jpg", 10),
                ("Ada_B/Ada_B_0002.jpg", 20),
                ("Bo_C/Bo_C_0001.jpg", 30),
            }.Select(p => (p.Item1, (byte)p.Item2))
        )
        {
            _folder.Write($"photos/{within}{id}", TestArchives.Photo(grey));
        }

        _folder.Write($"photos/{within}Ada_B/other.jpg", [1]);

        LabeledImage[] faces = new LfwSource(Path.Combine(_folder.Path, "photos", opened), Crop).All();
        LabeledImage[] expected = new LfwSource(_folder.Write("lfw.tgz", TestArchives.ThreeFaces()), Crop).All();
        Assert.Equal(expected.Select(face => face.Id), faces.Select(face => face.Id));
        Assert.Equal(expected.Select(face => face.Image.Samples), faces.Select(face => face.Image.Samples));
    }

    [Fact]
    public void Read_Progress_CountsEveryImageAndEndsAtOne()
    {
        var progress = new Recorder();
        new LfwSource(_folder.Write("lfw.tgz", TestArchives.ThreeFaces()), Crop).All(progress);
        Assert.Equal([1, 2, 3], progress.Reports.Select(report => report.Images));
        Assert.Equal(1.0, progress.Reports[^1].Fraction);
    }

    [Fact]
    public void Read_Cancelled_Throws()
    {
        var source = new LfwSource(_folder.Write("lfw.tgz", TestArchives.ThreeFaces()), Crop);
        Assert.ThrowsAny<OperationCanceledException>(() => source.Read(null, new CancellationToken(canceled: true)).Count());
    }

    [Fact]
    public void Read_Attributes_KeepsTheAnnotatedOnesInThePhotosOrder()
    {
        string attributes = _folder.Write("attributes.txt", "# a remark\n#\tperson\timagenum\tMale\nBo C\t1\t0.5\nAda B\t2\t-1.5\n");
        var source = new LfwSource(_folder.Write("lfw.tgz", TestArchives.ThreeFaces()), Crop, attributes);
        LabeledImage[] faces = [.. source.All()];
        Assert.Equal(["Ada_B/Ada_B_0002.jpg", "Bo_C/Bo_C_0001.jpg"], faces.Select(face => face.Id));
        Assert.Equal(["Male"], source.AttributeNames);
        Assert.Equal(
            [
                [-1.5f],
                [0.5f],
            ],
            faces.Select(face => face.Attributes!)
        );
    }

    [Theory]
    [InlineData("#\tperson\timagenum\tMale\nAda B\t1\t0.5\nEve D\t7\t0.5\n", "Eve_D/Eve_D_0007.jpg")]
    [InlineData("#\tperson\timagenum\tMale\nEve D\t7\t0.5\n", "Eve_D/Eve_D_0007.jpg")]
    [InlineData("Ada B\t1\t0.5\n", "no header")]
    [InlineData("#\tperson\tnumber\tMale\nAda B\t1\t0.5\n", "no header")]
    [InlineData("#\tperson\timagenum\tMale\nAda B\t1\n", "line 2")]
    [InlineData("#\tperson\timagenum\tMale\nAda B\tone\t0.5\n", "line 2")]
    [InlineData("#\tperson\timagenum\tMale\nAda B\t1\tyes\n", "'yes' under Male")]
    [InlineData("#\tperson\timagenum\tMale\nAda B\t1\t0.5\nAda B\t1\t0.5\n", "twice")]
    [InlineData("# nothing\n", "annotates no photograph")]
    public void Read_AttributesThatDoNotFit_NamesTheProblem(string text, string expected)
    {
        string attributes = _folder.Write("attributes.txt", text);
        var source = new LfwSource(_folder.Write("lfw.tgz", TestArchives.ThreeFaces()), Crop, attributes);
        Assert.Contains(expected, source.Fails(), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_AttributesMissing_NamesTheFile()
    {
        var source = new LfwSource(_folder.Write("lfw.tgz", TestArchives.ThreeFaces()), Crop, Path.Combine(_folder.Path, "none.txt"));
        Assert.Contains("none.txt", source.Fails(), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_HalfAnArchive_Throws()
    {
        // Noise does not compress: the archive is as long as its photographs, so every cut is inside or between photographs.
        var random = new Random(3);
        byte[] archive = TestArchives.Tgz([.. Enumerable.Range(1, 8).Select(i => ($"lfw/A_B/A_B_{i:D4}.jpg", Noise(random)))]);
        Assert.Equal(8, new LfwSource(_folder.Write("whole.tgz", archive), Crop).All().Length);
        for (int percent = 0; percent < 100; percent += 3)
        {
            var source = new LfwSource(_folder.Write("half.tgz", archive[..(archive.Length * percent / 100)]), Crop);
            Assert.Contains("half.tgz", source.Fails(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Read_NotAnArchive_Throws() =>
        Assert.Contains("damaged", new LfwSource(_folder.Write("lfw.tgz", new byte[2000]), Crop).Fails(), StringComparison.Ordinal);

    [Fact]
    public void Read_NothingThere_NamesTheExpectedPath() =>
        Assert.Contains("lfw-deepfunneled.tgz", new LfwSource(Path.Combine(_folder.Path, "none"), Crop).Fails(), StringComparison.Ordinal);

    [Fact]
    public void Read_NoPhotographs_NamesTheExpectedFiles() =>
        Assert.Contains("0001.jpg", new LfwSource(_folder.Path, Crop).Fails(), StringComparison.Ordinal);

    [Fact]
    public void Read_PhotographDamaged_NamesIt()
    {
        string path = _folder.Write("lfw.tgz", TestArchives.Tgz(("lfw/A_B/A_B_0001.jpg", TestArchives.Photo(1)[..^80])));
        Assert.Contains("A_B/A_B_0001.jpg", new LfwSource(path, Crop).Fails(), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_PhotographSmallerThanTheMargin_NamesIt()
    {
        var source = new LfwSource(_folder.Write("lfw.tgz", TestArchives.ThreeFaces()), Crop with { Margin = 5 });
        Assert.Contains("margin of 5", source.Fails(), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_PhotographTooLong_ThrowsBeforeReadingIt()
    {
        string path = _folder.Write("lfw.tgz", TestArchives.Tgz(("lfw/A_B/A_B_0001.jpg", new byte[LfwSource.MaxPhotoBytes + 1])));
        Assert.Contains("1,048,576", new LfwSource(path, Crop).Fails(), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_SamePhotographTwice_Throws()
    {
        string path = _folder.Write(
            "lfw.tgz",
            TestArchives.Tgz(("lfw/A_B/A_B_0001.jpg", TestArchives.Photo(1)), ("old/A_B/A_B_0001.jpg", TestArchives.Photo(2)))
        );
        Assert.Contains("twice", new LfwSource(path, Crop).Fails(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("lfw-deepfunneled/Ada_B/Ada_B_0001.jpg", "Ada_B/Ada_B_0001.jpg")]
    [InlineData("Ada_B/Ada_B_0001.jpg", "Ada_B/Ada_B_0001.jpg")]
    [InlineData("../../Ada_B/Ada_B_0001.jpg", "Ada_B/Ada_B_0001.jpg")]
    [InlineData("Ada_B/Bo_C_0001.jpg", "")]
    [InlineData("Ada_B/Ada_B_1.jpg", "")]
    [InlineData("Ada_B/Ada_B_0001.jpg.txt", "")]
    [InlineData("Ada_B_0001.jpg", "")]
    public void TryGetId_Path_FindsThePhotographs(string path, string id)
    {
        Assert.Equal(id.Length > 0, LfwSource.TryGetId(path, out string found));
        Assert.Equal(id, found);
    }

    [Fact]
    public void Read_TheRealArchive_EqualsPillows()
    {
        string path = RealData.Require("lfw-deepfunneled.tgz");
        Dataset faces = new LfwSource(path).Split();
        Assert.Equal((11_909, 1_324), (faces.Train.Count, faces.Test.Count));
        // Photograph 12149 of the sorted list, the first that is held out.
        Assert.Equal("Tim_Curry/Tim_Curry_0001.jpg", faces.Test.Ids[0]);
        Assert.Equal(
            "a1bd3d65dea7a9d80fbdbe578473680728076de070a994bb2f29d3bf339288fc",
            Convert.ToHexStringLower(SHA256.HashData(faces.Test[0]))
        );
        Assert.Equal(
            "0e668484f5243dd673949e2cc82ce0035419e484777b0d7779c1d01ae22fb888",
            Convert.ToHexStringLower(SHA256.HashData(faces.Test.ReadAll()))
        );
        Assert.Equal(
            "2a316fa2c4ce2d8c426fa2492e6e798a97fbf7c1a38661c9186af753907dbf06",
            Convert.ToHexStringLower(SHA256.HashData(faces.Train.ReadAll()))
        );

        // The people held out by NumPy's RandomState(42).permutation(5749).
        string[] people = [.. faces.Test.Labels, .. faces.Train.Labels];
        string[] heldOut = [.. TrainTestSplit.ByLabel(people).Test.Select(i => people[i])];
        Assert.Equal(1_324, heldOut.Length);
        Assert.Equal(464, heldOut.Distinct().Count());
        Assert.Equal(["Natasha_Lyonne", "Takuma_Sato", "Iban_Mayo"], heldOut.Distinct().Take(3));
        Assert.Equal("Alex_Cejka", heldOut[^1]);
    }

    [Fact]
    public void Read_TheRealAttributes_KeepsTheirPhotographs()
    {
        string path = RealData.Require("lfw-deepfunneled.tgz");
        var source = new LfwSource(path, attributesPath: RealData.Require("lfw_attributes_partial.txt"));
        LabeledImage[] faces = [.. source.All()];
        Assert.Equal(2_999, faces.Length);
        Assert.Equal(73, source.AttributeNames.Count);
        Assert.All(faces, face => Assert.Equal(73, face.Attributes!.Count));
    }

    private static byte[] Noise(Random random)
    {
        var samples = new byte[20 * 20 * 3];
        random.NextBytes(samples);
        return ImageFile.EncodeJpeg(new Raster(20, 20, 3, samples), 100);
    }

    private sealed class Recorder : IProgress<ReadProgress>
    {
        public List<ReadProgress> Reports { get; } = [];

        public void Report(ReadProgress value) => Reports.Add(value);
    }
}
