using Codec.Server;
using Codec.Server.Identity;
using Codec.Server.Network;
using Codec.Server.Options;
using Codec.Server.Stores;
using Codec.Tests.Shared;
using Codec.Tests.Shared.Processes;
using Microsoft.Win32.SafeHandles;

namespace CodecServer.Tests.Operation;

/// <summary>A pipe in the place of a file that the server reads again is a problem that it reports.</summary>
public sealed class SmallFileTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Read_Pipe_IsRefusedAtOnce(bool isLinked)
    {
        using var directory = new TemporaryDirectory();
        string path = Path.Combine(directory.Path, "pipe");
        await Programs.Command("mkfifo", path).ExecuteAsync(TestContext.Current.CancellationToken);
        if (isLinked)
            path = File.CreateSymbolicLink(Path.Combine(directory.Path, "link"), path).FullName;

        await Task.Run(
                async () =>
                {
                    Assert.Contains(
                        "not a regular file",
                        Assert.Throws<TlsException>(() => TlsFiles.Read(nameof(TlsOptions.Certificate), path)).Message,
                        StringComparison.Ordinal
                    );
                    Assert.Throws<StoreException>(() => new CredentialFile(path, TimeProvider.System).Read());
                    await Assert.ThrowsAsync<IOException>(() => new SigningKeysFile(path).GetConfigurationAsync(CancellationToken.None));
                },
                TestContext.Current.CancellationToken
            )
            .WaitAsync(Waiting.Patience, TestContext.Current.CancellationToken);
    }

    [Fact]
    public void Open_File_IsReadable()
    {
        using var directory = new TemporaryDirectory();
        string path = Path.Combine(directory.Path, "file");
        File.WriteAllText(path, "text");

        using SafeFileHandle file = SmallFile.Open(path);

        Assert.Equal("text"u8.ToArray(), SmallFile.Read(file));
    }
}
