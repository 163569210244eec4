using Codec.Models;
using Codec.Server;
using Codec.Server.Models;
using Codec.Server.Stores;
using Codec.Tests.Shared;
using CodecServer.Tests.Infrastructure;

namespace CodecServer.Tests.Models;

/// <summary>An alias moves on, and the version that it named is deleted, while a call is on its way from the one to the other.</summary>
public sealed class VersionResolverTests : IAsyncLifetime
{
    private readonly TemporaryDirectory _directory = new();
    private EmbeddedStores _stores = null!;
    private VersionResolver _resolver = null!;
    private Digest _first;
    private Digest _second;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _stores = new EmbeddedStores(_directory.Path);
        _resolver = new VersionResolver(_stores.Registry);
        _first = await AddAsync("first");
        _second = await AddAsync("second");
        await PointAsync(_first, revision: 0);
    }

    public async ValueTask DisposeAsync()
    {
        await _stores.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public async Task UseAsync_VersionDeletedAfterItsAliasWasRead_UsesTheNextVersion()
    {
        int choices = 0;

        Digest used = await _resolver.UseAsync(
            "faces",
            alias =>
            {
                if (choices++ == 0)
                    ReplaceFirstAsync().GetAwaiter().GetResult();

                return VersionChoice.First(alias);
            },
            version => Task.FromResult(version.Digest),
            Ct
        );

        Assert.Equal(_second, used);
    }

    [Fact]
    public async Task UseAsync_VersionDeletedBeforeTheUseBegan_UsesTheNextVersion()
    {
        Digest used = await _resolver.UseAsync(
            "faces",
            VersionChoice.First,
            async version =>
            {
                if (version.Digest == _first)
                {
                    await ReplaceFirstAsync();
                    throw RequestException.NotFound("version", version.Digest.Hex);
                }

                return version.Digest;
            },
            Ct
        );

        Assert.Equal(_second, used);
    }

    [Theory]
    [InlineData("faces")]
    [InlineData("faces@sha256:")]
    public async Task UseAsync_RefusedAgainForTheSameVersion_ThrowsTheRefusal(string reference)
    {
        int uses = 0;

        RequestException refusal = await Runs.RefusesAsync(
            RequestError.NotFound,
            () =>
                _resolver.UseAsync<Digest>(
                    reference.EndsWith(':') ? reference + _first.Hex : reference,
                    VersionChoice.First,
                    version =>
                    {
                        uses++;
                        throw RequestException.NotFound("version", version.Digest.Hex);
                    },
                    Ct
                )
        );

        Assert.Contains(_first.Hex, refusal.Message, StringComparison.Ordinal);
        Assert.Equal(2, uses);
    }

    [Fact]
    public async Task UseAsync_AliasThatNamesAnotherVersionEachTime_EndsAfterEightTries()
    {
        int uses = 0;

        await Runs.RefusesAsync(
            RequestError.NotFound,
            () =>
                _resolver.UseAsync<Digest>(
                    "faces",
                    _ => uses % 2 == 0 ? _first : _second,
                    version =>
                    {
                        uses++;
                        throw RequestException.NotFound("version", version.Digest.Hex);
                    },
                    Ct
                )
        );

        Assert.Equal(8, uses);
    }

    [Fact]
    public async Task UseAsync_NothingOfThisName_IsNotFound()
    {
        await Runs.RefusesAsync(RequestError.NotFound, () => UseAsync("faces@other"));
        await Runs.RefusesAsync(RequestError.NotFound, () => UseAsync($"cats@sha256:{_first}"));
        await Runs.RefusesAsync(RequestError.InvalidArgument, () => UseAsync("Faces"));

        Task<bool> UseAsync(string reference) => _resolver.UseAsync(reference, VersionChoice.First, _ => Task.FromResult(true), Ct);
    }

    private async Task<Digest> AddAsync(string manifest)
    {
        byte[] bytes = System.Text.Encoding.UTF8.GetBytes(manifest);
        var version = new NewVersion("faces", Digest.Of(bytes), "anna", bytes.Length, bytes, []);
        return (await _stores.Registry.AddVersionAsync(version, Ct)).Version.Digest;
    }

    private Task<AliasRecord> PointAsync(Digest version, long revision) =>
        _stores.Registry.MoveAliasAsync(new AliasMove("faces", "live", AliasTargets.Of(version), revision, "anna"), Ct);

    private async Task ReplaceFirstAsync()
    {
        await PointAsync(_second, revision: 1);
        await _stores.Registry.DeleteVersionAsync("faces", _first, Ct);
    }
}
