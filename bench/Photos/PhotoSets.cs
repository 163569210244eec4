using Codec.Datasets;
using Codec.Images;
using Spectre.Console;

namespace Codec.Bench.Photos;

/// <summary>The image sets of the photos suite, all held out from training.</summary>
internal sealed class PhotoSets(IAnsiConsole console)
{
    private const int LfwSide = 250;

    /// <summary>How many of the 464 held-out people are used: AVIF takes 0.1 s for each image and quality.</summary>
    private const int People = 96;

    /// <summary>Reads Kodak's 24 photographs.</summary>
    public async Task<Raster[]> KodakAsync(CancellationToken cancellationToken) =>
        [.. Read(await LocateAsync(NamedDataset.Kodak, cancellationToken), cancellationToken)];

    /// <summary>Reads one whole photograph of each of the first held-out people, and faces of all held-out people.</summary>
    /// <param name="faceSide">Width and height of the returned faces.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <returns>The photographs, and the faces from all photographs of the held-out people.</returns>
    /// <exception cref="DatasetException">The real set is missing: figures of generated faces would not be comparable.</exception>
    public async Task<(Raster[] Photographs, Raster[] Faces)> HeldOutPeopleAsync(int faceSide, CancellationToken cancellationToken)
    {
        LfwSource lfw = await LocateFacesAsync(cancellationToken);
        string[] ids = lfw.ReadIds();
        string[] heldOut = [.. TrainTestSplit.ByLabel([.. ids.Select(LfwSource.PersonOf)]).Test.Select(i => ids[i])];
        LfwSource photographs = lfw.Choose(heldOut.DistinctBy(LfwSource.PersonOf).Take(People), new FaceCrop(0, LfwSide, LfwSide));
        LfwSource faces = lfw.Choose(heldOut, new FaceCrop(80, faceSide, faceSide));
        return ([.. Read(photographs, cancellationToken)], [.. Read(faces, cancellationToken)]);
    }

    /// <summary>Reads the photographs of both training sets that are held out for tuning.</summary>
    public async Task<Raster[]> HeldOutPhotosAsync(CancellationToken cancellationToken)
    {
        var photos = new List<Raster>();
        foreach (NamedDataset set in new[] { NamedDataset.Photos, NamedDataset.MorePhotos })
        {
            LocatedData located = await LocateAsync(set, cancellationToken);
            photos.AddRange(PhotoSplit.Of(located.Source.Read(cancellationToken: cancellationToken)).HeldOut.Select(photo => photo.Image));
        }

        return [.. photos];
    }

    /// <summary>Reads one whole photograph of each of some people who are not held out, and whom no training reaches.</summary>
    /// <param name="first">Index of the first person among those who are not held out; training takes people from the beginning.</param>
    /// <param name="count">How many people.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <exception cref="DatasetException">The set is missing.</exception>
    public async Task<Raster[]> TuningPeopleAsync(int first, int count, CancellationToken cancellationToken)
    {
        LfwSource lfw = await LocateFacesAsync(cancellationToken);
        string[] ids = lfw.ReadIds();
        IEnumerable<string> chosen = TrainTestSplit
            .ByLabel([.. ids.Select(LfwSource.PersonOf)])
            .Train.Select(i => ids[i])
            .DistinctBy(LfwSource.PersonOf)
            .Skip(first)
            .Take(count);
        return [.. Read(lfw.Choose(chosen, new FaceCrop(0, LfwSide, LfwSide)), cancellationToken)];
    }

    private async Task<LfwSource> LocateFacesAsync(CancellationToken cancellationToken) =>
        (await LocateAsync(NamedDataset.Faces, cancellationToken)).Source as LfwSource
        ?? throw new DatasetException($"Labeled Faces in the Wild is not on this machine; name its folder in ${DataLocator.Variable}.");

    private async Task<LocatedData> LocateAsync(NamedDataset dataset, CancellationToken cancellationToken)
    {
        using HttpClient http = DataLocator.CreateHttpClient();
        LocatedData located = await new DataLocator(http).LocateAsync(dataset, cancellationToken: cancellationToken);
        console.WriteLine(located.Notice);
        return located;
    }

    private static IEnumerable<Raster> Read(LocatedData located, CancellationToken cancellationToken) =>
        Read(located.Source, cancellationToken);

    private static IEnumerable<Raster> Read(IDataSource source, CancellationToken cancellationToken) =>
        source.Read(cancellationToken: cancellationToken).Select(image => image.Image);
}
