using System.Net;
using System.Security.Cryptography;
using Codec.Tests.Shared;
using Microsoft.Extensions.Time.Testing;

namespace Codec.Datasets.Tests;

public sealed class FileDownloadTests : IDisposable
{
    private static readonly byte[] File1 = [.. Enumerable.Range(0, 200_000).Select(i => (byte)(i * 7 >> 3))];

    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    private string Target => Path.Combine(_folder.Path, "cache", "file.bin");

    [Fact]
    public async Task Fetch_WholeFile_IsThereAndVerified()
    {
        var fractions = new List<double>();
        Assert.Equal(Target, await FetchAsync(new StubServer(File1), new Recorder(fractions)));
        Assert.Equal(File1, await File.ReadAllBytesAsync(Target, TestContext.Current.CancellationToken));
        Assert.False(File.Exists(Target + ".partial"));
        Assert.Equal(1.0, fractions[^1]);
        Assert.Equal(fractions.Order(), fractions);
    }

    [Theory]
    [InlineData(true, 100_000L)]
    [InlineData(false, 100_000L)]
    public async Task Fetch_AfterABrokenConnection_Continues(bool servesParts, long expectedOffset)
    {
        var server = new StubServer(File1) { ServesParts = servesParts, BreaksAfter = 100_000 };
        Assert.Contains("the connection broke", await FailsAsync(server), StringComparison.Ordinal);
        Assert.False(File.Exists(Target));

        server.BreaksAfter = int.MaxValue;
        await FetchAsync(server);
        Assert.Equal([null, expectedOffset], server.Offsets);
        Assert.Equal(File1, await File.ReadAllBytesAsync(Target, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Fetch_AlreadyThere_SendsNoRequest()
    {
        _folder.Write("cache/file.bin", File1);
        var server = new StubServer(File1);
        await FetchAsync(server);
        Assert.Empty(server.Offsets);
    }

    [Fact]
    public async Task Fetch_OtherBytesOfTheSameLength_DiscardsThem()
    {
        Assert.Contains("discarded", await FailsAsync(new StubServer(new byte[File1.Length])), StringComparison.Ordinal);
        Assert.False(File.Exists(Target));
        Assert.False(File.Exists(Target + ".partial"));
    }

    [Theory]
    [InlineData(199_999)]
    [InlineData(200_001)]
    public async Task Fetch_OtherLength_ThrowsAndKeepsNothing(int length)
    {
        Assert.Contains("something else", await FailsAsync(new StubServer(new byte[length])), StringComparison.Ordinal);
        Assert.False(File.Exists(Target));
    }

    [Fact]
    public async Task Fetch_PartialLongerThanTheFile_BeginsAgain()
    {
        _folder.Write("cache/file.bin.partial", new byte[File1.Length + 1]);
        var server = new StubServer(File1);
        await FetchAsync(server);
        Assert.Equal([null], server.Offsets);
        Assert.Equal(File1, await File.ReadAllBytesAsync(Target, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Fetch_NotFound_NamesTheAddress()
    {
        string message = await FailsAsync(new StubServer(File1) { Status = HttpStatusCode.NotFound });
        Assert.Contains("http://example.test/file.bin", message, StringComparison.Ordinal);
        Assert.Contains("404", message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(Path.GetDirectoryName(Target)!));
    }

    [Fact]
    public async Task Fetch_NoAnswer_FailsInTime()
    {
        var time = new FakeTimeProvider();
        var server = new StubServer(File1) { Silence = new TaskCompletionSource() };
        Task<string> fetching = FetchAsync(server, time: time);
        await server.Silence.Task.WaitAsync(TestContext.Current.CancellationToken);
        time.Advance(TimeSpan.FromSeconds(11));
        var exception = await Assert.ThrowsAsync<DatasetException>(() => fetching);
        Assert.Contains("does not answer", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Fetch_Cancelled_ThrowsAndKeepsThePart()
    {
        using var cancel = new CancellationTokenSource();
        var server = new StubServer(File1) { Silence = new TaskCompletionSource() };
        _folder.Write("cache/file.bin.partial", File1[..1000]);
        Task<string> fetching = FetchAsync(server, cancellationToken: cancel.Token);
        await server.Silence.Task.WaitAsync(TestContext.Current.CancellationToken);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => fetching);
        Assert.Equal(1000, new FileInfo(Target + ".partial").Length);
    }

    [Fact]
    public async Task Fetch_WhileAnotherProgramFetches_Throws()
    {
        string partial = _folder.Write("cache/file.bin.partial", File1[..1000]);
        using FileStream other = new(partial, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        await FailsAsync(new StubServer(File1));
        Assert.Equal(1000, other.Length);
    }

    private async Task<string> FailsAsync(StubServer server) =>
        (await Assert.ThrowsAsync<DatasetException>(() => FetchAsync(server))).Message;

    private async Task<string> FetchAsync(
        StubServer server,
        IProgress<double>? progress = null,
        TimeProvider? time = null,
        CancellationToken? cancellationToken = null
    )
    {
        var file = new RemoteFile(
            "file.bin",
            new Uri("http://example.test/file.bin"),
            File1.Length,
            Convert.ToHexStringLower(SHA256.HashData(File1))
        );
        using var http = new HttpClient(server, disposeHandler: false);
        return await new FileDownload(http, time ?? TimeProvider.System).FetchAsync(
            file,
            Path.GetDirectoryName(Target)!,
            progress,
            cancellationToken ?? TestContext.Current.CancellationToken
        );
    }

    private sealed class Recorder(List<double> reports) : IProgress<double>
    {
        public void Report(double value) => reports.Add(value);
    }
}
