using Codec.Tests.Shared;

namespace Trainer.Tests.OwnData;

/// <summary><c>trainer images</c>: the held-out images never come into a folder that a training reads.</summary>
public sealed class HeldOutImagesTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("avatars")]
    [InlineData("avatars/test")]
    [InlineData("link/test")]
    public async Task Images_IntoTheFolderOfTheData_IsRefused(string target)
    {
        string data = _folder.Write("avatars", 40);
        Directory.CreateSymbolicLink(_folder.File("link"), data);
        int before = Count(data);

        CommandRun run = await CommandRun.RunAsync("images", _folder.File(target), "--data", data);

        run.Fails("would learn the held-out images", code: 2);
        Assert.Equal(before, Count(data));
    }

    [Fact]
    public async Task Images_IntoTheFolderOfAPart_IsRefused()
    {
        string train = _folder.Write("train", 20),
            test = _folder.Write("test", 20, seed: 8);
        (await CommandRun.RunAsync("images", train, "--train", train, "--test", test)).Fails("would learn the held-out images", code: 2);
        (await CommandRun.RunAsync("images", test, "--train", train, "--test", test)).Fails("would learn the held-out images", code: 2);
    }

    [Fact]
    public async Task Images_BesideTheData_AreWritten()
    {
        string data = _folder.Write("avatars", 40);
        (await CommandRun.RunAsync("images", _folder.File("avatars-test"), "--data", data)).Succeeds();
        Assert.True(Count(_folder.File("avatars-test")) > 0);
    }

    private static int Count(string folder) => Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Length;
}
