using Codec.Images;
using Codec.Imaging;
using Codec.Tests.Shared;
using Codec.Trainer.Photos;

namespace Trainer.Tests.OwnData;

/// <summary>Pictures of few colours, which a model of photographs keeps exact at every quality.</summary>
public sealed class FewColoursTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("train")]
    [InlineData("train", "photos")]
    public async Task Train_FolderOfIcons_IsRefusedBeforeTheWork(params string[] command)
    {
        WriteIcons("icons", 20);
        string[] output = command.Length == 1 ? ["--output", _folder.File("run")] : ["--output", _folder.File("icons.codec")];

        CommandRun run = await CommandRun.RunAsync([.. command, "--data", _folder.File("icons"), .. output]);

        run.Fails("20 of 20 images have so few colours that photos keeps them exact at every quality");
        Assert.Contains("Use photos as it is, or PNG.", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_SomeIcons_AreLeftOut()
    {
        string train = _folder.Write("train", 12, 48, 48),
            test = WriteIcons("test", 3);
        _folder.Write("test", 2, 48, 48, seed: 9);
        WriteIcons("train", 4, seed: 8);

        PhotoSet set = OwnPhotos.Read(train, validation: null, test, [], CancellationToken.None);

        Assert.Equal((7, 2, 2), (set.Exact, set.Validation.Count, set.Test.Count));
        Assert.Equal(12, set.Photos.Count(photo => photo.Width == 48));
    }

    [Fact]
    public async Task Train_OnlyTheHeldOutPicturesAreIcons_IsRefusedBeforeTheWork()
    {
        string train = _folder.Write("train", 12, 48, 48),
            test = WriteIcons("test", 3);

        CommandRun run = await CommandRun.RunAsync([
            "train",
            "photos",
            "--train",
            train,
            "--test",
            test,
            "--output",
            _folder.File("none.codec"),
        ]);

        run.Fails("All 3 held-out images have so few colours");
    }

    [Fact]
    public async Task Evaluate_Icons_SaysThatTheyAreExact()
    {
        string icons = WriteIcons("icons", 3);

        CommandRun run = await CommandRun.RunAsync("evaluate", Repository.PathOf("models", "photos.codec"), "--data", icons);

        run.Succeeds();
        Assert.Contains("kept exact at every quality", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("Infinity", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("∞", run.Output, StringComparison.Ordinal);
    }

    /// <summary>Writes pictures of four colours in squares.</summary>
    private string WriteIcons(string name, int count, int seed = 5)
    {
        const int side = 48,
            square = 6;
        var random = new Random(seed);
        for (int n = 0; n < count; n++)
        {
            var colours = new byte[4 * 3];
            random.NextBytes(colours);
            int[] chosen = [.. Enumerable.Range(0, side / square * (side / square)).Select(_ => random.Next(4))];
            var samples = new byte[side * side * 3];
            for (int i = 0; i < side * side; i++)
            {
                int colour = chosen[i / side / square * (side / square) + i % side / square];
                colours.AsSpan(colour * 3, 3).CopyTo(samples.AsSpan(i * 3));
            }

            _folder.Write($"{name}/icon {n:D3}.png", ImageFile.EncodePng(new Raster(side, side, 3, samples)));
        }

        return _folder.File(name);
    }
}
