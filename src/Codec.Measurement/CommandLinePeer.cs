using Codec.Images;
using Codec.Imaging;

namespace Codec.Measurement;

/// <summary>A format whose encoder and decoder are command lines that read and write files.</summary>
/// <param name="Name">The format's name in tables.</param>
/// <param name="Encoder">The encoder's program; it is given the input, the output and the arguments.</param>
/// <param name="Decoder">The decoder's program; it is given the input and the output.</param>
/// <param name="Extension">The extension of the format's files.</param>
/// <param name="Qualities">The qualities of a curve.</param>
/// <param name="Arguments">The encoder's arguments at a quality.</param>
internal sealed record CommandLinePeer(
    string Name,
    string Encoder,
    string Decoder,
    string Extension,
    IReadOnlyList<int> Qualities,
    Func<int, string[]> Arguments
) : IImageCodec
{
    /// <summary>JPEG XL by libjxl with effort 7 (Debian: libjxl-tools). A quality is 1,000 divided by the distance, rounded.</summary>
    public static CommandLinePeer Jxl { get; } =
        new(
            "JPEG XL",
            "cjxl",
            "djxl",
            "jxl",
            [83, 125, 180, 250, 360, 520, 800, 1250, 2000],
            q => ["-e", "7", "-d", (1000.0 / q).ToString("0.###", System.Globalization.CultureInfo.InvariantCulture)]
        );

    /// <summary>Whether both programs are installed.</summary>
    public bool IsAvailable => CommandLineProgram.IsInstalled(Encoder) && CommandLineProgram.IsInstalled(Decoder);

    public byte[] Encode(Raster image, int quality)
    {
        using var folder = new WorkFolder();
        (string input, string output) = (folder.File("image.png"), folder.File($"image.{Extension}"));
        File.WriteAllBytes(input, ImageFile.EncodePng(image));
        CommandLineProgram.Run(Encoder, [input, output, .. Arguments(quality)]);
        return File.ReadAllBytes(output);
    }

    public Raster Decode(byte[] file)
    {
        using var folder = new WorkFolder();
        (string input, string output) = (folder.File($"image.{Extension}"), folder.File("image.png"));
        File.WriteAllBytes(input, file);
        CommandLineProgram.Run(Decoder, [input, output]);
        return ImageFile.Decode(File.ReadAllBytes(output)).WithChannels(3);
    }
}
