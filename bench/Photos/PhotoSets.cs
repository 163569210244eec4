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
        if ((await LocateAsync(NamedDataset.Faces, cancellationToken)).Source is not LfwSource lfw)
            throw new DatasetException($"Labeled Faces in the Wild is not on this machine; name its folder in ${DataLocator.Variable}.");
        string[] ids = lfw.ReadIds();
        string[] heldOut = [.. TrainTestSplit.ByLabel([.. ids.Select(LfwSource.PersonOf)]).Test.Select(i => ids[i])];
        LfwSource photographs = lfw.Choose(heldOut.DistinctBy(LfwSource.PersonOf).Take(People), new FaceCrop(0, LfwSide, LfwSide));
        LfwSource faces = lfw.Choose(heldOut, new FaceCrop(80, faceSide, faceSide));
        return ([.. Read(photographs, cancellationToken)], [.. Read(faces, cancellationToken)]);
    }

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
