using Codec.Datasets;
using Codec.Images;
using Codec.Imaging;

namespace Codec.Bench.Training;

/// <summary>
/// Writes a folder of very many small JPEG files, no two alike: parts of synthetic faces at many places, lighter and darker. It shows what
/// a large folder costs, not what can be learned from it.
/// </summary>
internal static class ManyImages
{
    private const int Side = 128;
    private const int Drawn = 200;
    private const int DrawnSide = 176;
    private const int PerFolder = 1000;

    /// <summary>Writes the files that an earlier run did not.</summary>
    public static void Write(string folder, int count, CancellationToken cancellationToken)
    {
        string complete = Path.Combine(folder, $"complete-{count}");
        if (File.Exists(complete))
            return;
        Raster[] faces = [.. new SyntheticFaces(Drawn, DrawnSide, DrawnSide).Read(null, cancellationToken).Select(face => face.Image)];
        for (int first = 0; first < count; first += PerFolder)
            Directory.CreateDirectory(Path.Combine(folder, $"{first / PerFolder:D3}"));
        Parallel.For(
            0,
            count,
            new ParallelOptions { CancellationToken = cancellationToken },
            i =>
            {
                var random = new Random(i);
                Raster part = faces[i % Drawn].Crop(random.Next(DrawnSide - Side + 1), random.Next(DrawnSide - Side + 1), Side, Side);
                double light = 0.6 + 0.4 * random.NextDouble();
                byte[] samples = [.. part.Samples.Select(sample => (byte)(sample * light))];
                File.WriteAllBytes(
                    Path.Combine(folder, $"{i / PerFolder:D3}", $"{i:D6}.jpg"),
                    ImageFile.EncodeJpeg(new Raster(Side, Side, 3, samples), 75)
                );
            }
        );
        File.WriteAllText(complete, "");
    }
}
