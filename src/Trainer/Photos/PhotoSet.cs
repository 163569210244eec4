using Codec.Datasets;
using Codec.Images;
using Codec.Imaging;
using Codec.Trainer.Display;

namespace Codec.Trainer.Photos;

/// <summary>The training images of a model of photographs: a folder of photographs, and portraits of people who are not held out.</summary>
/// <param name="Photos">The images, with three channels.</param>
/// <param name="Name">The names of the data sets.</param>
/// <param name="License">Their licences.</param>
internal sealed record PhotoSet(IReadOnlyList<Raster> Photos, string Name, string License)
{
    private static readonly FaceCrop WholePhoto = new(0, 250, 250);

    /// <summary>Finds and reads the images, and displays what was found.</summary>
    /// <param name="path">The folder of photographs; null to search for it.</param>
    /// <param name="portraits">How many portraits to add, each of a different person.</param>
    /// <param name="display">Displays progress.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="DatasetException">The images cannot be found or read.</exception>
    public static PhotoSet Read(string? path, int portraits, StageDisplay display, CancellationToken cancellationToken)
    {
        IDataSource folder = Locate(NamedDataset.Photos, new DataRequest { Path = path }, display, cancellationToken);
        List<Raster> photos =
        [
            .. display.Run("Photographs", _ => folder.Read(null, cancellationToken).Select(photo => photo.Image.WithChannels(3)).ToArray()),
        ];
        if (Environment.GetEnvironmentVariable("EYE_TAKE") is { Length: > 0 } take)
            photos = [.. photos.Where((_, i) => i % 8 != 3).Where((_, i) => i % int.Parse(take) == 0)];
        if (portraits == 0)
            return new PhotoSet(photos, folder.Name, folder.License);

        if (Locate(NamedDataset.Faces, new DataRequest { Crop = WholePhoto }, display, cancellationToken) is not LfwSource faces)
        {
            throw new DatasetException(
                $"--portraits {portraits} needs Labeled Faces in the Wild, which was not found; download it, or set --portraits 0."
            );
        }

        LfwSource chosen = faces.Choose(OnePerPerson(faces.ReadIds(), portraits), WholePhoto);
        photos.AddRange(
            display.Run("Portraits", _ => chosen.Read(null, cancellationToken).Select(photo => photo.Image.WithChannels(3)).ToArray())
        );
        return new PhotoSet(photos, $"{folder.Name}, {chosen.Name}", $"{folder.License}; {chosen.License}");
    }

    /// <summary>The first portrait of each of the first people who are not held out.</summary>
    private static IEnumerable<string> OnePerPerson(string[] ids, int count)
    {
        string[] people = [.. ids.Select(LfwSource.PersonOf)];
        return TrainTestSplit.ByLabel(people).Train.DistinctBy(i => people[i]).Take(count).Select(i => ids[i]);
    }

    private static IDataSource Locate(NamedDataset name, DataRequest request, StageDisplay display, CancellationToken cancellationToken)
    {
        using HttpClient http = DataLocator.CreateHttpClient();
        LocatedData located = new DataLocator(http)
            .LocateAsync(name, request, cancellationToken: cancellationToken)
            .GetAwaiter()
            .GetResult();
        display.Line(located.Notice);
        return located.Source;
    }
}
