using System.Formats.Tar;
using System.IO.Compression;
using Codec.Images;
using Codec.Imaging;

namespace Codec.Datasets.Tests;

/// <summary>Small sets in the layout of LFW, made of flat grey photographs.</summary>
internal static class TestArchives
{
    /// <summary>Makes a JPEG of 10×10 pixels of one grey.</summary>
    public static byte[] Photo(byte grey, int side = 10)
    {
        var samples = new byte[side * side * 3];
        Array.Fill(samples, grey);
        return ImageFile.EncodeJpeg(new Raster(side, side, 3, samples), 95);
    }

    /// <summary>Makes a gzipped archive of these files, in this order.</summary>
    public static byte[] Tgz(params (string Path, byte[] File)[] files)
    {
        using var bytes = new MemoryStream();
        using (var zipped = new GZipStream(bytes, CompressionLevel.Fastest, leaveOpen: true))
        using (var archive = new TarWriter(zipped, TarEntryFormat.Ustar))
        {
            archive.WriteEntry(new UstarTarEntry(TarEntryType.Directory, "lfw-deepfunneled/"));
            foreach ((string path, byte[] file) in files)
                archive.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, path) { DataStream = new MemoryStream(file) });
        }

        return bytes.ToArray();
    }

    /// <summary>
    /// Three photographs of two people, with greys 10, 20 and 30 in the order of their paths; the archive has another order.
    /// </summary>
    public static byte[] ThreeFaces() =>
        Tgz(
            ("lfw-deepfunneled/Ada_B/Ada_B_0002.jpg", Photo(20)),
            ("lfw-deepfunneled/readme.txt", [1, 2, 3]),
            ("lfw-deepfunneled/Bo_C/Bo_C_0001.jpg", Photo(30)),
            ("lfw-deepfunneled/Ada_B/Ada_B_0001.jpg", Photo(10))
        );
}
