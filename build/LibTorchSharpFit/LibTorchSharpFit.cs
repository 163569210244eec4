namespace Codec.Build;

/// <summary>The result of fitting a file.</summary>
internal enum FitOutcome
{
    /// <summary>The file is unchanged: this host's libstdc++ is new enough, or the file needs nothing new.</summary>
    NotNeeded,

    /// <summary>The file was already fitted.</summary>
    AlreadyFitted,

    /// <summary>The file was fitted now.</summary>
    Fitted,
}

/// <summary>
/// Edits TorchSharp's native library so that it loads where libstdc++ is older than that of GCC 13. Of <see cref="NewVersion"/> the library
/// needs only one symbol, <see cref="NewSymbol"/>, which GCC 13's headers call so that iostreams are initialized before they are used. The
/// constructor <see cref="OldSymbol"/> has done the same since GCC 3.4 and never uses <c>this</c>, so a call without an argument is safe.
/// </summary>
internal static class LibTorchSharpFit
{
    /// <summary>The version that older hosts lack.</summary>
    public const string NewVersion = "GLIBCXX_3.4.32";

    /// <summary>The only symbol of <see cref="NewVersion"/> that is needed: <c>std::ios_base_library_init()</c>.</summary>
    public const string NewSymbol = "_ZSt21ios_base_library_initv";

    /// <summary>The version that every libstdc++ has.</summary>
    public const string OldVersion = "GLIBCXX_3.4";

    /// <summary>The symbol that replaces <see cref="NewSymbol"/>: <c>std::ios_base::Init::Init()</c>.</summary>
    public const string OldSymbol = "_ZNSt8ios_base4InitC1Ev";

    /// <summary>Fits a file by replacing it as a whole: a hard link to the NuGet cache is broken, never written through.</summary>
    /// <param name="path">A built copy of libLibTorchSharp.so.</param>
    /// <param name="hostIsNewEnough">Whether the host has <see cref="NewSymbol"/>; if so, the file is not opened.</param>
    /// <exception cref="InvalidDataException">The file is not the expected library; it is unchanged.</exception>
    /// <exception cref="IOException">The file cannot be read or replaced.</exception>
    public static FitOutcome FitFile(string path, bool hostIsNewEnough)
    {
        if (hostIsNewEnough)
            return FitOutcome.NotNeeded;
        byte[] image = File.ReadAllBytes(path);
        FitOutcome outcome = Fit(image);
        if (outcome != FitOutcome.Fitted)
            return outcome;

        string whole = $"{path}.{Environment.ProcessId}.tmp";
        try
        {
            File.WriteAllBytes(whole, image);
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(whole, File.GetUnixFileMode(path));
            // Keep the original's time; the size is unchanged too. So the next incremental build considers the copy up to date.
            File.SetLastWriteTimeUtc(whole, File.GetLastWriteTimeUtc(path));
            File.Move(whole, path, overwrite: true);
        }
        finally
        {
            File.Delete(whole);
        }

        return outcome;
    }

    /// <summary>Fits an image in place.</summary>
    /// <exception cref="InvalidDataException">The image is not the expected library; it is unchanged.</exception>
    public static FitOutcome Fit(byte[] image)
    {
        var elf = new ElfSymbolVersions(image);
        VersionNeed? newer = Need(elf, NewVersion);
        if (newer is null)
            return FitOutcome.NotNeeded;
        int[] symbols = [.. Enumerable.Range(0, elf.SymbolCount).Where(symbol => elf.SymbolVersion(symbol) == newer.Index)];
        if (newer.IsWeak && symbols.Length == 0)
            return FitOutcome.AlreadyFitted;

        string[] names = [.. symbols.Select(elf.SymbolName)];
        if (names is not [NewSymbol])
        {
            throw new InvalidDataException(
                $"from {NewVersion} only {NewSymbol} was expected, not {(names.Length == 0 ? "nothing" : string.Join(", ", names))}: "
                    + "this TorchSharp differs from the one that the edit was written for (docs/adr/0003-torchsharp-on-older-libstdcxx.md)."
            );
        }

        VersionNeed older = Need(elf, OldVersion) ?? throw new InvalidDataException($"it does not need {OldVersion}.");
        elf.Rename(symbols[0], OldSymbol);
        elf.SetSymbolVersion(symbols[0], older.Index);
        elf.MarkWeak(newer);
        return FitOutcome.Fitted;
    }

    private static VersionNeed? Need(ElfSymbolVersions elf, string version) => elf.Needs.SingleOrDefault(need => need.Version == version);
}
