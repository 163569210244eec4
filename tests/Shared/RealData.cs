namespace Codec.Tests.Shared;

/// <summary>Finds real images, which are outside the repository: data sets, and cases that failed.</summary>
public static class RealData
{
    /// <summary>Returns the path of a file or folder, or skips the test with the reason.</summary>
    /// <param name="name">A data set's file (<c>kodak</c>), or <c>cases</c> and a path below it.</param>
    public static string Require(string name)
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            foreach (string parent in (string[])["shared/data", "data", "shared"])
            {
                string candidate = Path.Combine(folder.FullName, parent, name);
                if (Path.Exists(candidate))
                    return candidate;
            }
        }

        Assert.Skip($"{name} is neither in data/ nor in shared/ or shared/data/ of any folder above {AppContext.BaseDirectory}");
        return "";
    }
}
