using Codec;
using Codec.Datasets;
using Codec.Entropy;
using Codec.Filtering;
using Codec.Images;
using Codec.Imaging;
using Codec.Models;
using Codec.Tests.Shared;
using Codec.Trainer.Display;
using Codec.Trainer.Models;
using Codec.Trainer.Photos;
using Codec.Trainer.Training;

namespace Trainer.Tests.Photos;

public sealed class PhotosTrainingTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();
    private static readonly PhotosPlan Plan = new([new QualityGroup(48, [40, 24])], Lambda: 0.3, Adaptation: 6, Epochs: 1, Seed: 7);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Run_SyntheticPictures_GivesAModelThatKeepsItsPromises(bool predictColours)
    {
        PhotoSet set = Pictures(6);
        ModelPackage package = Train("a", set, CancellationToken.None, Plan with { PredictColours = predictColours });
        Assert.Equal(5, package.Manifest.Format);
        Assert.Equal(predictColours, Prior.Parse(package.Require(package.Manifest.Prior, "prior").Span).Tables.Grid!.Colours is not null);
        using CodecModel model = CodecModel.Load(package);
        model.CheckGolden();
        Raster picture = set.Photos[0];
        byte[][] codes =
        [
            .. Enumerable.Range(0, 2).Select(quality => model.Encode(picture.Samples, picture.Width, picture.Height, quality)),
        ];
        double[] decibels = [.. codes.Select((code, quality) => Decibels(picture, model.Decode(code, quality)))];
        Assert.True(codes[0].Length < codes[1].Length, $"{codes[0].Length} bytes, then {codes[1].Length}");
        Assert.InRange(decibels[0], 20, decibels[1]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Run_GreyAndWhitePictures_StayGreyAndWhite(bool predictColours)
    {
        PhotoSet set = Pictures(6);
        PhotosPlan plan = Plan with { PredictColours = predictColours };
        using CodecModel model = CodecModel.Load(Train("grey", set, CancellationToken.None, plan));
        Raster grey = set.Photos[1].WithChannels(1).WithChannels(3);
        for (int quality = 0; quality < 2; quality++)
        {
            byte[] decoded = model.Decode(model.Encode(grey.Samples, grey.Width, grey.Height, quality), quality).Samples;
            Assert.All(decoded.Chunk(3), pixel => Assert.True(pixel[0] == pixel[1] && pixel[1] == pixel[2], string.Join(' ', pixel)));
            foreach (byte level in new byte[] { 0, 255 })
            {
                byte[] flat = [.. Enumerable.Repeat(level, 3 * 40 * 24)];
                Assert.Equal(flat, model.Decode(model.Encode(flat, 40, 24, quality), quality).Samples);
            }
        }
    }

    [Fact]
    public void FilterTraining_JudgedByOtherPictures_ChangesOnlyWhatTheyGainBy()
    {
        PhotoSet set = Pictures(8);
        using CodecModel model = CodecModel.Load(Train("unfiltered", set, CancellationToken.None));
        Raster[] fitted = [.. set.Photos.Take(5)],
            judged = [.. set.Photos.Skip(5)];
        PostFilter helpful = new FilterTraining(model, ColourAxes.Standard, new(fitted, judged), FilterImages.None).Run(
                _ => { },
                CancellationToken.None
            ),
            unjudged = new FilterTraining(model, ColourAxes.Standard, new(fitted, []), FilterImages.None).Run(
                _ => { },
                CancellationToken.None
            );
        Assert.False(unjudged.Changes(0, pixels: 1) || unjudged.Changes(1, pixels: 1), "kept without a judge");
        // Noise cannot be predicted from other noise, and a filter of pictures only blurs it.
        var random = new Random(3);
        Raster[] noise = [.. fitted.Select(picture => Noise(picture.Width, picture.Height, random))];
        PostFilter harmful = new FilterTraining(model, ColourAxes.Standard, new(fitted, noise), FilterImages.None).Run(
            _ => { },
            CancellationToken.None
        );
        Assert.False(harmful.Changes(1, pixels: 1), "kept where it does not help");
        // What all images do not gain by is kept for small ones that do.
        PostFilter sized = new FilterTraining(model, ColourAxes.Standard, new(fitted, noise), new(fitted, judged)).Run(
            _ => { },
            CancellationToken.None
        );
        Assert.True(sized.Changes(1, FilterTraining.SmallPixels), "not kept where small images gain");
        Assert.False(sized.Changes(1, FilterTraining.SmallPixels + 1), "kept for larger images than those that gain");
        PostFilter continued = new FilterTraining(model, ColourAxes.Standard, new(fitted, noise), FilterImages.None, sized).Run(
            _ => { },
            CancellationToken.None
        );
        Assert.Equal(sized.Tables.Qualities[1], continued.Tables.Qualities[1]);
        Assert.Equal(2, helpful.Tables.Qualities.Length);
        // Colours have clipped differences only: the first half of a plane's weights is 0.
        FilterTables tables = helpful.Tables;
        int luminance = 2 * tables.Taps[0].Length,
            taps = tables.Taps[1].Length;
        foreach (FilterQuality quality in tables.Qualities)
        {
            foreach (float[] row in quality.Weights.Chunk(tables.Features))
                Assert.False(row.AsSpan(luminance, taps).ContainsAnyExcept(0f));
        }
    }

    [Fact]
    public void FilterTraining_LargePicturesThatGainTooLittle_AreFilteredAtEdges()
    {
        PhotoSet set = Pictures(8);
        using CodecModel model = CodecModel.Load(Train("edges", set, CancellationToken.None));
        FilterImages small = new([.. set.Photos.Take(5)], [.. set.Photos.Skip(5)]);
        // A filter that was fitted to noise helps no picture, so none is kept for all blocks.
        var random = new Random(3);
        Raster[] noise = [.. small.Fitted.Select(picture => Noise(picture.Width, picture.Height, random))];
        Raster[] large = [.. new SyntheticFaces(3, 288, 240).Read(null, CancellationToken.None).Select(picture => picture.Image)];
        PostFilter edges = new FilterTraining(model, ColourAxes.Standard, new(noise, large), small).Run(_ => { }, CancellationToken.None);
        FilterQuality kept = edges.Tables.Qualities[1];
        Assert.Equal((uint)FilterTraining.SmallPixels, kept.Pixels);
        Assert.Equal(FilterTraining.EdgeContrast, kept.Contrast);
        Assert.True(edges.Changes(1, FilterTraining.SmallPixels + 1));
    }

    private static Raster Noise(int width, int height, Random random)
    {
        var samples = new byte[3 * width * height];
        random.NextBytes(samples);
        return new Raster(width, height, 3, samples);
    }

    [Fact]
    public void Run_StoppedAndResumed_GivesTheModelOfARunThatWasNot()
    {
        PhotoSet set = Pictures(5);
        Digest whole = Train("whole", set, CancellationToken.None).Version;

        // Stopped when the checkpoint holds the first quality.
        using var stop = new CancellationTokenSource();
        StageDisplay display = StoppingDisplay.Create(stop, "Quality 0");
        Checkpoint checkpoint = CheckpointOf("stopped");
        Assert.ThrowsAny<OperationCanceledException>(() => new PhotosTraining(display, checkpoint).Run(set, Plan, stop.Token));
        Assert.True(checkpoint.Exists);
        Assert.Equal(whole, Train("stopped", set, CancellationToken.None).Version);
    }

    [Fact]
    public void Run_ACheckpointOfAnotherPlan_IsRefused()
    {
        PhotoSet set = Pictures(4);
        Train("other", set, CancellationToken.None);
        TrainingStoppedException refusal = Assert.Throws<TrainingStoppedException>(() =>
            new PhotosTraining(SilentDisplay.Create(), CheckpointOf("other")).Run(set, Plan with { Lambda = 0.5 }, CancellationToken.None)
        );
        Assert.Contains("another run", refusal.Message, StringComparison.Ordinal);
    }

    private ModelPackage Train(string name, PhotoSet set, CancellationToken cancellationToken, PhotosPlan? plan = null) =>
        new PhotosTraining(SilentDisplay.Create(), CheckpointOf(name))
            .Run(set, plan ?? Plan, cancellationToken)
            .ToModel("pictures", ModelCard.Of(set, Plan.Seed));

    private Checkpoint CheckpointOf(string name) => new(_folder.File(name));

    private static PhotoSet Pictures(int count) =>
        new(
            [.. new SyntheticFaces(count, 96, 80).Read(null, CancellationToken.None).Select(picture => picture.Image)],
            "synthetic faces",
            "none"
        );

    private static double Decibels(Raster expected, Raster actual)
    {
        var psnr = new Psnr();
        psnr.Add(expected.Samples, actual.Samples);
        return psnr.Decibels;
    }
}
