using Codec.Imaging;
using Codec.Tool.Output;

namespace Codec.Tool.Offline;

/// <summary>Reads image files, at most as many bytes as an image file may have.</summary>
internal static class InputFile
{
    private static int Most => ImageLimits.Default.MaxFileBytes;

    /// <summary>Reads a file.</summary>
    /// <exception cref="InvalidImageException">It is too large.</exception>
    public static byte[] Read(string path)
    {
        using FileStream file = File.OpenRead(path);
        if (file.Length > Most)
            throw TooLarge(Texts.Number(file.Length));
        var bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>Reads the program's input to its end.</summary>
    /// <exception cref="InvalidImageException">It is too large.</exception>
    public static async Task<byte[]> ReadInputAsync()
    {
        using Stream input = Console.OpenStandardInput();
        using var bytes = new MemoryStream();
        var chunk = new byte[1 << 16];
        for (int read; (read = await input.ReadAsync(chunk).ConfigureAwait(false)) > 0; )
        {
            if (bytes.Length + read > Most)
                throw TooLarge($"more than {Texts.Number(Most)}");
            bytes.Write(chunk, 0, read);
        }

        return bytes.ToArray();
    }

    private static InvalidImageException TooLarge(string bytes) =>
        new($"The file has {bytes} bytes; at most {Texts.Number(Most)} are allowed.");
}
