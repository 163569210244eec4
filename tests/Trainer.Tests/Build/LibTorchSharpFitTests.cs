using Codec.Build;
using Codec.Tests.Shared;
using TorchSharp;

namespace Trainer.Tests.Build;

public sealed class LibTorchSharpFitTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Fit_OriginalLibrary_MovesItsOneNewSymbolToTheOldVersion()
    {
        byte[] image = OriginalLibrary.Read();
        var before = new ElfSymbolVersions([.. image]);
        VersionNeed need = before.Needs.Single(n => n.Version == "GLIBCXX_3.4.32");
        int symbol = Enumerable.Range(0, before.SymbolCount).Single(s => before.SymbolVersion(s) == need.Index);
        Assert.False(need.IsWeak);
        Assert.Equal("_ZSt21ios_base_library_initv", before.SymbolName(symbol));

        Assert.Equal(FitOutcome.Fitted, LibTorchSharpFit.Fit(image));

        var after = new ElfSymbolVersions(image);
        Assert.Equal(before.Needs.Select(n => n with { IsWeak = n.Version == "GLIBCXX_3.4.32" }), after.Needs);
        Assert.Equal("_ZNSt8ios_base4InitC1Ev", after.SymbolName(symbol));
        Assert.Equal(after.Needs.Single(n => n.Version == "GLIBCXX_3.4").Index, after.SymbolVersion(symbol));
        foreach (int other in Enumerable.Range(0, before.SymbolCount).Where(s => s != symbol))
        {
            Assert.Equal(before.SymbolName(other), after.SymbolName(other));
            Assert.Equal(before.SymbolVersion(other), after.SymbolVersion(other));
        }
    }

    [Fact]
    public void Fit_OriginalLibrary_ChangesNothingButNameVersionAndFlag()
    {
        byte[] image = OriginalLibrary.Read();
        LibTorchSharpFit.Fit(image);

        int changed = OriginalLibrary.Read().Zip(image).Count(pair => pair.First != pair.Second);

        // At most 28 bytes of the name, one of the version's index, and one of the flags.
        Assert.InRange(changed, 1, 30);
    }

    [Fact]
    public void FitFile_Twice_TheSecondTimeLeavesTheFile()
    {
        string path = CopyOfOriginal();
        Assert.Equal(FitOutcome.Fitted, LibTorchSharpFit.FitFile(path, hostIsNewEnough: false));
        byte[] fitted = File.ReadAllBytes(path);

        Assert.Equal(FitOutcome.AlreadyFitted, LibTorchSharpFit.FitFile(path, hostIsNewEnough: false));

        Assert.Equal(fitted, File.ReadAllBytes(path));
        Assert.Equal([path], Directory.GetFiles(_directory.Path));
    }

    [Fact]
    public void FitFile_HostIsNewEnough_LeavesTheFile()
    {
        string path = CopyOfOriginal();

        Assert.Equal(FitOutcome.NotNeeded, LibTorchSharpFit.FitFile(path, hostIsNewEnough: true));

        Assert.Equal(OriginalLibrary.Read(), File.ReadAllBytes(path));
    }

    [Fact]
    public void FitFile_FileThatIsLinkedElsewhere_ReplacesItAndNeverWritesThrough()
    {
        string path = CopyOfOriginal();
        DateTime time = File.GetLastWriteTimeUtc(path);
        // An open handle gives access to the old file's bytes, as a hard link in the NuGet cache would.
        using FileStream old = File.OpenRead(path);

        LibTorchSharpFit.FitFile(path, hostIsNewEnough: false);

        var bytes = new byte[old.Length];
        old.ReadExactly(bytes);
        Assert.Equal(OriginalLibrary.Read(), bytes);
        Assert.NotEqual(bytes, File.ReadAllBytes(path));
        Assert.Equal(time, File.GetLastWriteTimeUtc(path));
    }

    [Fact]
    public void FitFile_NotAnElfFile_IsRefusedAndLeft()
    {
        string path = _directory.File("libLibTorchSharp.so");
        File.WriteAllText(path, "version https://git-lfs.github.com/spec/v1");

        var refused = Assert.Throws<InvalidDataException>(() => LibTorchSharpFit.FitFile(path, hostIsNewEnough: false));

        Assert.Contains("not a 64-bit little-endian ELF file", refused.Message, StringComparison.Ordinal);
        Assert.Equal("version https://git-lfs.github.com/spec/v1", File.ReadAllText(path));
    }

    [Fact]
    public void Fit_AnotherSymbolWantedFromTheNewVersion_IsRefusedWithItsName()
    {
        byte[] image = OriginalLibrary.Read();
        var elf = new ElfSymbolVersions(image);
        int other = Enumerable.Range(0, elf.SymbolCount).First(s => elf.SymbolName(s) == "malloc");
        elf.SetSymbolVersion(other, elf.Needs.Single(n => n.Version == "GLIBCXX_3.4.32").Index);
        byte[] asGiven = [.. image];

        var refused = Assert.Throws<InvalidDataException>(() => LibTorchSharpFit.Fit(image));

        Assert.Contains("malloc", refused.Message, StringComparison.Ordinal);
        Assert.Equal(asGiven, image);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(100_000)]
    [InlineData(2_399_007)]
    public void Fit_LibraryThatIsCutOff_IsRefused(int length) =>
        Assert.Throws<InvalidDataException>(() => LibTorchSharpFit.Fit(OriginalLibrary.Read()[..length]));

    [Fact]
    public void Build_OfThisProject_LeavesWhatThisHostNeeds()
    {
        byte[] built = File.ReadAllBytes(OriginalLibrary.BuiltPath);

        if (HostLibstdcxx.HasIostreamInitializer())
            Assert.Equal(OriginalLibrary.Read(), built);
        else
            Assert.Equal(FitOutcome.AlreadyFitted, LibTorchSharpFit.Fit(built));
    }

    [Fact]
    public void Build_OfThisProject_LeavesThePackageAsItWas() =>
        Assert.Equal(FitOutcome.Fitted, LibTorchSharpFit.Fit(OriginalLibrary.Read()));

    [Fact]
    public void Torch_OnThisHost_Computes()
    {
        using var ones = torch.ones(2, 2);
        using var sum = torch.sum(ones);
        Assert.Equal(4f, sum.item<float>());
    }

    private string CopyOfOriginal()
    {
        string path = _directory.File("libLibTorchSharp.so");
        File.Copy(OriginalLibrary.Path, path);
        return path;
    }
}
