using Codec.Images;

namespace Codec.Tool.Comparing;

/// <summary>An image beside what formats make of it.</summary>
/// <param name="File">The image file.</param>
/// <param name="Image">Its pixels.</param>
/// <param name="Score">SSIMULACRA 2.1 of ours: 100 is best.</param>
/// <param name="Psnr">PSNR of ours in dB; null for equal pixels.</param>
/// <param name="Rows">Ours first, then each other format.</param>
/// <param name="Pictures">What the formats look like at about equal bytes, for the page; empty without one.</param>
internal sealed record ComparedImage(
    string File,
    Raster Image,
    double Score,
    double? Psnr,
    IReadOnlyList<ComparedFormat> Rows,
    IReadOnlyList<ComparedPicture> Pictures
);

/// <summary>A format beside ours on one image. A number is null if the format does not reach the quality, or is not available.</summary>
/// <param name="File">The image file.</param>
/// <param name="Format">The format's name, or our model's.</param>
/// <param name="OurBytes">Bytes of our code with its version, without the checksum that a code file ends with.</param>
/// <param name="OurScore">SSIMULACRA 2.1 of ours, the quality at which <paramref name="BytesAtEqualScore"/> is.</param>
/// <param name="OurPsnr">PSNR of ours in dB, the quality at which <paramref name="BytesAtEqualPsnr"/> is.</param>
/// <param name="BytesAtEqualScore">The format's bytes at equal SSIMULACRA 2.1.</param>
/// <param name="BytesAtEqualPsnr">The format's bytes at equal PSNR.</param>
/// <param name="Missing">Why the format is not available here; null if it is.</param>
internal sealed record ComparedFormat(
    string File,
    string Format,
    long OurBytes,
    double OurScore,
    double? OurPsnr,
    double? BytesAtEqualScore,
    double? BytesAtEqualPsnr,
    string? Missing
);

/// <summary>What a format makes of an image.</summary>
/// <param name="Name">The format's name.</param>
/// <param name="Decoded">The pixels.</param>
/// <param name="Bytes">Bytes of the file; null for the original.</param>
/// <param name="Score">SSIMULACRA 2.1; null for the original.</param>
internal sealed record ComparedPicture(string Name, Raster Decoded, long? Bytes, double? Score);
