using System.Net;
using Codec.Tests.Shared;

namespace Codec.Datasets.Tests;

public sealed class DataLocatorTests : IDisposable
{
    private static readonly DataRequest Request = new() { Crop = new FaceCrop(2, 8, 8) };

    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Locate_Faces_LooksInTheDocumentedOrder()
    {
        // From the last place to the first: each new one must take precedence over the earlier ones.
        foreach (string place in new[] { "cache", "shared/data", "a/shared/data", "a/b/data", "variable" })
        {
            string path = _folder.Write($"{place}/lfw-deepfunneled.tgz", TestArchives.ThreeFaces());
            LocatedData found = await LocateAsync(NamedDataset.Faces, Request);
            Assert.Contains(path, found.Notice, StringComparison.Ordinal);
            Assert.False(found.IsSubstitute);
            Assert.Equal(3, found.Source.All().Length);
        }

        string given = _folder.Write("given/faces.tgz", TestArchives.ThreeFaces());
        Assert.Contains(given, (await LocateAsync(NamedDataset.Faces, Request with { Path = given })).Notice, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("lfw-deepfunneled/")]
    [InlineData("lfw/")]
    public async Task Locate_FacesInAFolder_FindsThem(string within)
    {
        _folder.Write($"variable/{within}Ada_B/Ada_B_0001.jpg", TestArchives.Photo(10));
        LocatedData found = await LocateAsync(NamedDataset.Faces, Request);
        Assert.Equal("Ada_B/Ada_B_0001.jpg", Assert.Single(found.Source.All()).Id);
    }

    [Fact]
    public async Task Locate_RawFaces_AreThoseThatAreNotAligned()
    {
        _folder.Write("variable/lfw-deepfunneled.tgz", TestArchives.ThreeFaces());
        await Assert.ThrowsAsync<DatasetException>(() => LocateAsync(NamedDataset.RawFaces, Request));
        string path = _folder.Write("variable/lfw.tgz", TestArchives.ThreeFaces());
        Assert.Contains(path, (await LocateAsync(NamedDataset.RawFaces, Request)).Notice, StringComparison.Ordinal);
        Assert.Contains("lfw-deepfunneled.tgz", (await LocateAsync(NamedDataset.Faces, Request)).Notice, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Locate_FacesNowhere_ReportsThatTheyAreSynthetic()
    {
        LocatedData found = await LocateAsync(NamedDataset.Faces, Request);
        Assert.True(found.IsSubstitute);
        Assert.IsType<SyntheticFaces>(found.Source);
        Assert.Contains("SYNTHETIC", found.Notice, StringComparison.Ordinal);
        Assert.Contains(Path.Combine(_folder.Path, "variable"), found.Notice, StringComparison.Ordinal);
        Assert.Contains("downloads are disabled", found.Notice, StringComparison.Ordinal);
        Assert.Equal(8, ((SyntheticFaces)found.Source).Draw(0).Image.Width);
    }

    [Fact]
    public async Task Locate_FacesWithoutANetwork_FallsBackWithTheReason()
    {
        using var http = new HttpClient(new StubServer([]) { Status = HttpStatusCode.ServiceUnavailable });
        LocatedData found = await LocateAsync(NamedDataset.Faces, Request, http);
        Assert.True(found.IsSubstitute);
        Assert.Contains("503", found.Notice, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Locate_FacesServedWrongly_FallsBackAndKeepsNothing()
    {
        using var http = new HttpClient(new StubServer(TestArchives.ThreeFaces()));
        Assert.True((await LocateAsync(NamedDataset.Faces, Request, http)).IsSubstitute);
        Assert.False(File.Exists(Path.Combine(_folder.Path, "cache", "lfw-deepfunneled.tgz")));
    }

    [Fact]
    public async Task Locate_PathGivenWithoutTheSet_ThrowsInsteadOfSearching()
    {
        _folder.Write("variable/lfw-deepfunneled.tgz", TestArchives.ThreeFaces());
        var exception = await Assert.ThrowsAsync<DatasetException>(() =>
            LocateAsync(NamedDataset.Faces, Request with { Path = Path.Combine(_folder.Path, "nowhere") })
        );
        Assert.Contains("nowhere", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Locate_DigitsNowhere_ThrowsBecauseNothingReplacesThem()
    {
        var exception = await Assert.ThrowsAsync<DatasetException>(() => LocateAsync(NamedDataset.Digits, new DataRequest()));
        Assert.Contains("MNIST", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(NamedDataset.Kodak, "kodak", "kodim01.png")]
    [InlineData(NamedDataset.Photos, "photos-train", "1.jpg")]
    public async Task Locate_Photographs_AreFoundByTheirFoldersName(NamedDataset dataset, string folder, string file)
    {
        _folder.Write($"cache/{folder}/{file}", TestArchives.Photo(10));
        _folder.Write($"variable/other/{file}", TestArchives.Photo(10));
        LocatedData found = await LocateAsync(dataset, new DataRequest());
        Assert.Equal(file, Assert.Single(found.Source.All()).Id);
        var given = new DataRequest { Path = Path.Combine(_folder.Path, "cache", folder) };
        Assert.Equal(file, Assert.Single((await LocateAsync(dataset, given)).Source.All()).Id);
        await Assert.ThrowsAsync<DatasetException>(() =>
            LocateAsync(dataset, new DataRequest { Path = Path.Combine(_folder.Path, "variable") })
        );
    }

    [Fact]
    public async Task Locate_PhotographsNowhere_ReportsThatTheyAreNotDownloaded()
    {
        using HttpClient http = DataLocator.CreateHttpClient();
        var exception = await Assert.ThrowsAsync<DatasetException>(() => LocateAsync(NamedDataset.Kodak, new DataRequest(), http));
        Assert.Contains("no known address", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Locate_HalfTheDigits_SearchesOn()
    {
        _folder.Write($"variable/mnist/{MnistSource.TrainImages}", [1]);
        await Assert.ThrowsAsync<DatasetException>(() => LocateAsync(NamedDataset.Digits, new DataRequest()));
    }

    [Fact]
    public async Task Locate_TheRealSets_AreFoundFromTheCheckout()
    {
        RealData.Require("lfw-deepfunneled.tgz");
        LocatedData found = await new DataLocator(http: null).LocateAsync(
            NamedDataset.Faces,
            cancellationToken: TestContext.Current.CancellationToken
        );
        Assert.False(found.IsSubstitute);
    }

    private Task<LocatedData> LocateAsync(NamedDataset dataset, DataRequest request, HttpClient? http = null)
    {
        var places = new DataPlaces(
            Path.Combine(_folder.Path, "variable"),
            [Path.Combine(_folder.Path, "a", "b")],
            Path.Combine(_folder.Path, "cache")
        );
        return new DataLocator(places, http, TimeProvider.System).LocateAsync(
            dataset,
            request,
            null,
            TestContext.Current.CancellationToken
        );
    }
}
