using Codec.Images;
using Codec.Imaging;

namespace Codec.Datasets.Tests;

public sealed class SyntheticFacesTests
{
    [Fact]
    public void Draw_SameSeedAndIndex_ReturnsTheSameFaceInAnyOrder()
    {
        LabeledImage[] inOrder = new SyntheticFaces(6).All();
        LabeledImage again = new SyntheticFaces(1_000).Draw(4);
        Assert.Equal(inOrder[4].Id, again.Id);
        Assert.Equal(inOrder[4].Image.Samples, again.Image.Samples);
        Assert.Equal(inOrder[4].Mask!.Parts, again.Mask!.Parts);
    }

    [Fact]
    public void Draw_AnotherSeedOrIndex_ReturnsAnotherFace()
    {
        byte[] face = new SyntheticFaces().Draw(0).Image.Samples;
        Assert.NotEqual(face, new SyntheticFaces().Draw(1).Image.Samples);
        Assert.NotEqual(face, new SyntheticFaces(seed: 43).Draw(0).Image.Samples);
    }

    [Fact]
    public void Read_TwoImagesPerPerson_LabelsThemSo() =>
        Assert.Equal(
            ["person-000000", "person-000000", "person-000001", "person-000001", "person-000002"],
            new SyntheticFaces(5, 8, 8).All().Select(face => face.Label)
        );

    [Theory]
    [InlineData(8, 8)]
    [InlineData(32, 32)]
    [InlineData(40, 64)]
    [InlineData(64, 40)]
    public void Draw_AnySize_ReturnsImageAndMaskOfIt(int width, int height)
    {
        LabeledImage face = new SyntheticFaces(1, width, height).Draw(7);
        Assert.Equal((width, height, 3), (face.Image.Width, face.Image.Height, face.Image.Channels));
        Assert.Equal((width, height), (face.Mask!.Width, face.Mask.Height));
    }

    [Fact]
    public void Draw_ManyFaces_ShowEveryPartAndAlwaysSkin()
    {
        LabeledImage[] faces = new SyntheticFaces(200).All();
        Assert.All(faces, face => Assert.Contains(FacePart.Skin, face.Mask!.Parts));
        foreach (FacePart part in Enum.GetValues<FacePart>())
            Assert.InRange(faces.Count(face => face.Mask!.Parts.Contains(part)), 5, faces.Length);
        Assert.InRange(faces.Average(face => face.Mask!.Parts.Count(part => part is FacePart.Skin) / 1024.0), 0.3, 0.7);
    }

    [Fact]
    public void Draw_ManyFaces_HaveTheStatisticsOfPhotographs()
    {
        LabeledImage[] faces = new SyntheticFaces(300).All();
        double[] means = [.. faces.Select(face => face.Image.Samples.Average(sample => (double)sample))];
        // Labeled Faces in the Wild, 32×32: mean 126; deviation of the images' own means 21; neighbours differ by 12.1 levels.
        Assert.InRange(means.Average(), 110, 140);
        Assert.InRange(Deviation(means), 15, 30);
        Assert.InRange(faces.Average(face => Roughness(face.Image)), 10, 14);
    }

    [Fact]
    public void Draw_Brows_AreDarkWhereTheMaskHasThem()
    {
        LabeledImage[] faces = [.. new SyntheticFaces(100, 64, 64).All().Where(face => face.Mask!.Parts.Contains(FacePart.Brow))];
        int darker = faces.Count(face => Mean(face, FacePart.Brow) < Mean(face, FacePart.Skin));
        Assert.InRange(darker, faces.Length * 9 / 10, faces.Length);
    }

    [Theory]
    [InlineData(0, 32, 32, 1)]
    [InlineData(1, 7, 32, 1)]
    [InlineData(1, 32, 1025, 1)]
    [InlineData(1, 32, 32, 0)]
    public void Constructor_OutsideTheRange_Throws(int count, int width, int height, int imagesPerPerson) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new SyntheticFaces(count, width, height, 1, imagesPerPerson));

    private static double Mean(LabeledImage face, FacePart part) =>
        Enumerable.Range(0, face.Mask!.Parts.Length).Where(i => face.Mask.Parts[i] == part).Average(i => face.Image.Samples[3 * i + 1]);

    private static double Deviation(double[] values)
    {
        double mean = values.Average();
        return Math.Sqrt(values.Average(value => (value - mean) * (value - mean)));
    }

    private static double Roughness(Raster image)
    {
        double sum = 0;
        for (int i = 3; i < image.Samples.Length; i++)
            sum += Math.Abs(image.Samples[i] - image.Samples[i - 3]);
        return sum / image.Samples.Length;
    }
}
