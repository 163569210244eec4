namespace Codec.Datasets;

/// <summary>The folders of a machine that may contain data sets.</summary>
/// <param name="Variable">The value of <c>$CODEC_DATA</c>, or null.</param>
/// <param name="Starts">Folders whose <c>data</c>, <c>../shared/data</c> and <c>../../shared/data</c> are searched.</param>
/// <param name="Cache">The user's folder for downloads.</param>
internal sealed record DataPlaces(string? Variable, IReadOnlyList<string> Starts, string Cache)
{
    /// <summary>Gets the places of this process, from the working directory, its repository, and the program's repository.</summary>
    public static DataPlaces OfThisProcess()
    {
        string here = Directory.GetCurrentDirectory();
        string[] starts =
        [
            .. new[] { here, Checkout(here), Checkout(AppContext.BaseDirectory) }.OfType<string>().Distinct(StringComparer.Ordinal),
        ];
        return new DataPlaces(Environment.GetEnvironmentVariable(DataLocator.Variable), starts, UserCache());
    }

    /// <summary>The places in search order.</summary>
    public IEnumerable<string> InOrder()
    {
        IEnumerable<string> places = string.IsNullOrEmpty(Variable) ? [] : [Variable];
        return places
            .Concat(Starts.Select(static start => Path.GetFullPath(Path.Combine(start, "data"))))
            .Concat(Starts.Select(static start => Path.GetFullPath(Path.Combine(start, "..", "shared", "data"))))
            .Concat(Starts.Select(static start => Path.GetFullPath(Path.Combine(start, "..", "..", "shared", "data"))))
            .Append(Cache)
            .Distinct(StringComparer.Ordinal);
    }

    private static string? Checkout(string path)
    {
        for (DirectoryInfo? folder = new(path); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Codec.sln")))
                return folder.FullName;
        }

        return null;
    }

    // XDG Base Directory: $XDG_CACHE_HOME if it is an absolute path, otherwise ~/.cache.
    private static string UserCache()
    {
        string? cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME");
        if (!Path.IsPathFullyQualified(cache ?? ""))
            cache = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
        return Path.Combine(cache!, "codec");
    }
}
