using Codec.Datasets;
using Codec.Images;
using Spectre.Console;

namespace Codec.Bench.Photos;

/// <summary>
/// The sets of images that photographs are measured on; everything but <see cref="TrainedOnAsync"/> was never learned from.
/// </summary>
internal sealed class PhotoSets(IAnsiConsole console)
{
    private const int LfwSide = 250;

    /// <summary>Every eighth: enough to show over-fitting, in an eighth of the time.</summary>
    private const int TrainStep = 8;

    /// <summary>Of 464 people held out: AVIF takes a tenth of a second each, at each of its qualities.</summary>
    private const int People = 96;

    /// <summary>Kodak's 24 photographs.</summary>
    public async Task<Raster[]> KodakAsync(CancellationToken cancellationToken) =>
        [.. Read(await LocateAsync(NamedDataset.Kodak, cancellationToken), cancellationToken)];

    /// <summary>Photographs that the model learned from.</summary>
    public async Task<Raster[]> TrainedOnAsync(CancellationToken cancellationToken) =>
        [.. Read(await LocateAsync(NamedDataset.Photos, cancellationToken), cancellationToken).Where((_, i) => i % TrainStep == 0)];

    /// <summary>Whole photographs of people of whom none was learned from, one of each of the first.</summary>
    /// <param name="faceSide">Width and height of their faces, in <c>Faces</c>.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>The photographs, and the faces of all photographs of these people.</returns>
    /// <exception cref="DatasetException">
    /// The real set is not there: figures of faces that stand in for it would compare with nothing.
    /// </exception>
    public async Task<(Raster[] Photographs, Raster[] Faces)> HeldOutPeopleAsync(int faceSide, CancellationToken cancellationToken)
    {
        if ((await LocateAsync(NamedDataset.Faces, cancellationToken)).Source is not LfwSource lfw)
            throw new DatasetException($"Labeled Faces in the Wild is not on this machine; say where it is with ${DataLocator.Variable}.");
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
