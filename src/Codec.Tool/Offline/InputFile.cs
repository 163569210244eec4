using Codec.Imaging;
using Codec.Tool.Output;

namespace Codec.Tool.Offline;

/// <summary>Reads image files, at most as many bytes as an image file may have, and checks the names of others.</summary>
internal static class InputFile
{
    private static int Most => ImageLimits.Default.MaxFileBytes;

    /// <summary>A file's name, checked: the system says of a folder that access to it is denied.</summary>
    /// <exception cref="ArgumentException">It is empty, or that of a folder.</exception>
    public static string Require(string path) =>
        path.Length == 0 ? throw new ArgumentException("The name of a file is empty.")
        : Directory.Exists(path) ? throw new ArgumentException($"{path} is a folder; name a file.")
        : path;

    /// <summary>Reads an image file.</summary>
    /// <exception cref="InvalidImageException">It is empty or too large.</exception>
    public static byte[] Read(string path)
    {
        using FileStream file = File.OpenRead(Require(path));
        // A pipe has no length.
        return file.CanSeek && file.Length > Most ? throw TooLarge(Texts.Number(file.Length)) : Read(file);
    }

    /// <summary>Reads an image from the program's input, to its end.</summary>
    /// <exception cref="InvalidImageException">It is empty or too large.</exception>
    /// <exception cref="IOException">The input is closed.</exception>
    public static Task<byte[]> ReadInputAsync() =>
        // On another thread: a read of the input cannot be canceled.
        Task.Run(() =>
        {
            RequireInput();
            using Stream input = Console.OpenStandardInput();
            return Read(input);
        });

    /// <summary>
    /// Requires that the program has an input. Where the shell closed it (<c>&lt;&amp;-</c>), .NET has opened a descriptor of its own in
    /// its place, whose reading never ends; unlike an inherited one, it is closed on exec.
    /// </summary>
    private static void RequireInput()
    {
        const string Input = "/proc/self/fdinfo/0",
            Flags = "flags:";
        const int CloseOnExec = 0x80000;
        if (!OperatingSystem.IsLinux() || !Directory.Exists("/proc/self/fdinfo"))
            return;

        string? flags = File.Exists(Input)
            ? File.ReadLines(Input).FirstOrDefault(line => line.StartsWith(Flags, StringComparison.Ordinal))
            : null;
        if (flags is null || (Convert.ToInt32(flags[Flags.Length..].Trim(), 8) & CloseOnExec) != 0)
            throw new IOException("The input is closed; send an image to it, or name a file instead of -.");
    }

    private static byte[] Read(Stream input)
    {
        using var bytes = new MemoryStream();
        var chunk = new byte[1 << 16];
        for (int read; (read = input.Read(chunk)) > 0; )
        {
            if (bytes.Length + read > Most)
                throw TooLarge($"more than {Texts.Number(Most)}");
            bytes.Write(chunk, 0, read);
        }

        return bytes.Length > 0 ? bytes.ToArray() : throw new InvalidImageException("The file has no bytes.");
    }

    private static InvalidImageException TooLarge(string bytes) =>
        new($"The file has {bytes} bytes; at most {Texts.Number(Most)} are allowed.");
}
