namespace Codec.Datasets.Tests;

/// <summary>Finds the real data sets, which are outside the repository.</summary>
internal static class RealData
{
    /// <summary>Returns the path of a file, or skips the test with the reason.</summary>
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
