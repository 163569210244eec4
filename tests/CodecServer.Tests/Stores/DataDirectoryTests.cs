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
}
