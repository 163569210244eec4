using Codec.Server.Options;
using Codec.Server.Stores;
using Codec.Server.Stores.Embedded;
using Codec.Tests.Shared;
using CodecServer.Tests.Infrastructure;
using Microsoft.Extensions.Options;

namespace CodecServer.Tests.Stores;

public sealed class DataDirectoryTests
{
    [Fact]
    public void Constructor_DirectoryInUse_NamesTheCauseAndTheRemedy()
    {
        using var directory = new TemporaryDirectory();
        IOptions<StoreOptions> options = Options.Create(new StoreOptions { DataDirectory = directory.Path });
        using (new DataDirectory(options))
        {
            StoreException exception = Assert.Throws<StoreException>(() => new DataDirectory(options));

            Assert.Contains(directory.Path, exception.Message, StringComparison.Ordinal);
            Assert.Contains("--data-directory", exception.Message, StringComparison.Ordinal);
        }

        // Disposing releases the lock.
        new DataDirectory(options).Dispose();
    }

    [Fact]
    public void Constructor_PathIsAFile_IsRefused()
    {
        using var directory = new TemporaryDirectory();
        string file = Path.Combine(directory.Path, "file");
        File.WriteAllText(file, "");

        Assert.Throws<StoreException>(() => new DataDirectory(Options.Create(new StoreOptions { DataDirectory = file })));
    }

    [Fact]
    public void Temporary_IsDeletedAtTheEndAndIsNeverAnOlderOne()
    {
        using var directory = new TemporaryDirectory();
        string path = directory.File("data");
        IOptions<StoreOptions> options = Options.Create(new StoreOptions { DataDirectory = path, Temporary = true });

        new DataDirectory(options).Dispose();

        Assert.False(Directory.Exists(path));
        string kept = directory.Write("data/kept", "text");
        StoreException refusal = Assert.Throws<StoreException>(() => new DataDirectory(options));
        Assert.Contains("is not empty, and --temporary would delete it", refusal.Message, StringComparison.Ordinal);
        Assert.True(File.Exists(kept));
    }
}
