using Codec.Datasets;
using Codec.Images;
using Codec.Imaging;
using Codec.Models;
using Codec.Trainer.Display;

namespace Codec.Trainer.Photos;

/// <summary>
/// Reads the images that the shipped model is trained on: photographs at three scales, graphics, and portraits of people who are not held
/// out.
/// </summary>
internal static class ShippedPhotos
{
    // One photograph in this many is added at half its scale too, the others at a quarter, mirrored. Half the graphics are enough: they are
    // cheap to code.
    private const int HalvedSpacing = 2;
    private const int GraphicsSpacing = 2;

    // The longest sides of the copies that make the prior know thumbnails, whose blocks have more detail; the second is mirrored.
    private static readonly int[] ThumbnailSides = [128, 96];

    private static readonly FaceCrop WholePhoto = new(0, 250, 250);

    /// <summary>The shipped model, which a build copies beside the program; null if it is missing.</summary>
    public static ModelPackage? Model()
    {
        string path = Path.Combine(AppContext.BaseDirectory, "models", "photos.codec");
        return File.Exists(path) ? ModelPackage.Load(path) : null;
    }

    /// <summary>Finds and reads the images, and displays what was found.</summary>
    /// <param name="portraits">How many portraits to add, each of a different person.</param>
    /// <param name="display">Displays progress.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="DatasetException">The images cannot be found or read.</exception>
    public static PhotoSet Read(int portraits, StageDisplay display, CancellationToken cancellationToken)
    {
        IDataSource[] folders =
        [
            .. new[] { NamedDataset.Photos, NamedDataset.MorePhotos }.Select(set =>
                Locate(set, new DataRequest(), display, cancellationToken)
            ),
        ];
        (string name, string license) = (Join(folders.Select(folder => folder.Name)), Join(folders.Select(folder => folder.License)));
        List<Raster> photos = [],
            thumbnails = [],
            heldOut = [];
        display.Run(
            "Photographs",
            _ =>
            {
                foreach (IDataSource folder in folders)
                    Choose(folder, photos, thumbnails, heldOut, cancellationToken);
                return photos.Count;
            }
        );
        if (portraits == 0)
            return Set(name, license);

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
        return Set($"{name}, {chosen.Name}", $"{license}; {chosen.License}");

        PhotoSet Set(string names, string licenses) =>
            new(photos, names, licenses)
            {
                Thumbnails = thumbnails,
                Validation = heldOut,
                Test = heldOut,
            };
    }

    private static string Join(IEnumerable<string> texts) => string.Join(", ", texts.Distinct());

    /// <summary>Reads a folder, and adds smaller, mirrored copies of its training photographs.</summary>
    private static void Choose(
        IDataSource folder,
        List<Raster> photos,
        List<Raster> thumbnails,
        List<Raster> heldOut,
        CancellationToken cancellationToken
    )
    {
        PhotoSplit split = PhotoSplit.Of(folder.Read(null, cancellationToken));
        Raster[] learned = [.. split.Train.Select(photo => photo.Image.WithChannels(3))];
        heldOut.AddRange(split.HeldOut.Select(photo => photo.Image.WithChannels(3)));
        photos.AddRange(learned);
        photos.AddRange(split.Graphics.Where((_, i) => i % GraphicsSpacing == 0).Select(graphic => graphic.Image.WithChannels(3)));
        photos.AddRange(Halved(learned));
        photos.AddRange(learned.Where((_, i) => i % HalvedSpacing != 0).Select(photo => Smaller(photo, 4)));
        thumbnails.AddRange(learned.SelectMany(Thumbnails));
    }

    /// <summary>Some photographs at half their scale, mirrored.</summary>
    public static IEnumerable<Raster> Halved(IReadOnlyList<Raster> photos) =>
        photos.Where((_, i) => i % HalvedSpacing == 0).Select(photo => Smaller(photo, 2));

    private static IEnumerable<Raster> Thumbnails(Raster photo) =>
        ThumbnailSides.Select(
            (side, i) =>
            {
                double scale = (double)side / Math.Max(photo.Width, photo.Height);
                Raster small = Resampler.Resize(photo, Scaled(photo.Width), Scaled(photo.Height));
                return i % 2 == 0 ? small : Mirror(small);

                int Scaled(int length) => Math.Max(1, (int)Math.Round(length * scale));
            }
        );

    private static Raster Smaller(Raster photo, int times) =>
        Mirror(Resampler.Resize(photo, Math.Max(1, photo.Width / times), Math.Max(1, photo.Height / times)));

    private static Raster Mirror(Raster image)
    {
        var mirrored = new byte[image.Samples.Length];
        int channels = image.Channels;
        for (int i = 0; i < mirrored.Length; i++)
        {
            (int line, int column) = Math.DivRem(i / channels, image.Width);
            mirrored[i] = image.Samples[(line * image.Width + image.Width - 1 - column) * channels + i % channels];
        }

        return new Raster(image.Width, image.Height, channels, mirrored);
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
