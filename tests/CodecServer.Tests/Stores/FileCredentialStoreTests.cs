using Codec.Server.Stores;
using Codec.Server.Stores.Embedded;
using Codec.Tests.Shared;
using Microsoft.Extensions.Time.Testing;

namespace CodecServer.Tests.Stores;

public sealed class FileCredentialStoreTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private string Path => _directory.File("data/credentials.json");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Add_ByAnotherProcess_IsReadWithinASecond()
    {
        FileCredentialStore reader = Open();
        Assert.Null(reader.Read());

        await Open().AddAsync(Create("000000000001"), Ct);

        _time.Advance(TimeSpan.FromSeconds(1));
        IReadOnlyList<CredentialRecord>? read = reader.Read();
        Assert.Equal("000000000001", Assert.Single(read!).Id);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Same(read, reader.Read());
    }

    [Fact]
    public async Task Add_FolderDoesNotExist_IsCreatedForTheUserAlone()
    {
        await Open().AddAsync(Create("000000000001"), Ct);

        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(
                UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute,
                File.GetUnixFileMode(_directory.File("data"))
            );
        }
    }

    [Fact]
    public async Task Add_ManyAtOnce_AllAreKept()
    {
        // The wait for the lock must pass here.
        FileCredentialStore[] stores = [.. Enumerable.Range(0, 8).Select(_ => new FileCredentialStore(Path, TimeProvider.System))];

        await Task.WhenAll(stores.Select((store, i) => store.AddAsync(Create($"{i:D12}"), Ct)));

        Assert.Equal(8, Open().Read()!.Count);
    }

    [Fact]
    public async Task Revoke_KnownAndUnknown_ReturnsTheOneThatWasValid()
    {
        await Open().AddAsync(Create("000000000001"), Ct);

        CredentialRecord? revoked = await Open().RevokeAsync("000000000001", "operator", Ct);

        Assert.Equal("anna", revoked?.Name);
        Assert.Null(await Open().RevokeAsync("000000000001", "operator", Ct));
        Assert.Null(await Open().RevokeAsync("000000000002", "operator", Ct));
        CredentialRecord stored = Assert.Single(Open().Read()!);
        Assert.Equal((_time.GetUtcNow(), "operator"), (stored.RevokedAt, stored.RevokedBy));
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("""{"credentials": [{"id": "1"}]}""")]
    [InlineData("""{"credentials": [{"id": "1", "name": "anna", "roles": []}]}""")]
    [InlineData("""{"other": 1}""")]
    public void Read_AnotherContent_IsRefusedWithTheReason(string content)
    {
        string path = _directory.Write("credentials.json", content);

        StoreException refused = Assert.Throws<StoreException>(() => new CredentialFile(path, _time).Read());

        Assert.StartsWith($"The credentials in {path} cannot be read: ", refused.Message, StringComparison.Ordinal);
    }

    private static CredentialRecord Create(string id) =>
        new()
        {
            Id = id,
            Name = "anna",
            Roles = ["encode"],
            Sha256 = new string('0', 64),
        };

    private FileCredentialStore Open() => new(Path, _time);
}
