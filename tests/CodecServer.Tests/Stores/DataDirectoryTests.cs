using Codec.Server.Options;
using Codec.Server.Stores.Embedded;
using Codec.Tests.Shared;
using CodecServer.Tests.Infrastructure;
using Microsoft.Extensions.Options;

namespace CodecServer.Tests.Stores;

public sealed class DataDirectoryTests
{
    [Fact]
    public void Constructor_DirectoryInUse_SaysSoAndWhatToDo()
    {
        using var directory = new TemporaryDirectory();
        IOptions<StoreOptions> options = Options.Create(new StoreOptions { DataDirectory = directory.Path });
        using (new DataDirectory(options))
        {
            DataDirectoryException exception = Assert.Throws<DataDirectoryException>(() => new DataDirectory(options));

            Assert.Contains(directory.Path, exception.Message, StringComparison.Ordinal);
            Assert.Contains("--data-directory", exception.Message, StringComparison.Ordinal);
        }

        // The lock ends with its holder.
        new DataDirectory(options).Dispose();
    }

    [Fact]
    public void Constructor_PathIsAFile_SaysSo()
    {
        using var directory = new TemporaryDirectory();
        string file = Path.Combine(directory.Path, "file");
        File.WriteAllText(file, "");

        Assert.Throws<DataDirectoryException>(() => new DataDirectory(Options.Create(new StoreOptions { DataDirectory = file })));
    }
}
