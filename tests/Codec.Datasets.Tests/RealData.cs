namespace Codec.Datasets.Tests;

/// <summary>The real data sets, which lie beside a developer's checkout and not in it.</summary>
internal static class RealData
{
    /// <summary>The path of a file, or the test is skipped with the reason.</summary>
    public static string Require(string name)
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            foreach (
                string candidate in new[]
                {
                    Path.Combine(folder.FullName, "shared", "data", name),
                    Path.Combine(folder.FullName, "data", name),
                }
            )
            {
                if (File.Exists(candidate) || Directory.Exists(candidate))
                    return candidate;
            }
        }

        Assert.Skip($"{name} is neither in data/ nor in shared/data/ of any folder above {AppContext.BaseDirectory}");
        return "";
    }
}
