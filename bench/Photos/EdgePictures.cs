using Codec.Images;

namespace Codec.Bench.Photos;

/// <summary>Draws pictures whose edges are of colour, with little or no difference of luminance.</summary>
internal static class EdgePictures
{
    // A 5×7 pixel font's strokes, as in small text: E, S, A, N.
    private static readonly string[] Letters =
    [
        "11111 10000 10000 11110 10000 10000 11111",
        "01111 10000 10000 01110 00001 00001 11110",
        "01110 10001 10001 11111 10001 10001 10001",
        "10001 11001 10101 10101 10011 10001 10001",
    ];

    private static readonly (string Name, byte[] Ink, byte[] Paper)[] Pairs =
    [
        ("red on blue", [220, 30, 30], [40, 40, 230]),
        ("red on green", [200, 40, 30], [20, 120, 40]),
        ("crimson on teal", [180, 30, 60], [0, 110, 110]),
    ];

    /// <summary>The same pictures with noise of two levels, as cameras and scanners give them: of more than 256 colours.</summary>
    /// <param name="side">Side in pixels.</param>
    public static IEnumerable<(string Name, Raster Image)> Noisy(int side)
    {
        var random = new Random(1);
        foreach ((string name, Raster image) in All(side))
        {
            byte[] noisy = [.. image.Samples.Select(sample => (byte)Math.Clamp(sample + random.Next(-2, 3), 0, 255))];
            yield return ($"{name}, noisy", new Raster(side, side, 3, noisy));
        }
    }

    /// <summary>All pictures, square, of a few colours each.</summary>
    /// <param name="side">Side in pixels.</param>
    public static IEnumerable<(string Name, Raster Image)> All(int side)
    {
        foreach ((string name, byte[] ink, byte[] paper) in Pairs)
        {
            yield return ($"edge, {name}", Draw(side, (x, y) => 3 * x + y < 2 * side ? ink : paper));
            yield return ($"text, {name}", Draw(side, (x, y) => IsStroke(x, y) ? ink : paper));
        }

        yield return ("saturated squares", Draw(side, Square));
    }

    private static bool IsStroke(int x, int y)
    {
        // Cells of 16 × 20 pixels; a stroke is two pixels wide.
        (int column, int row) = (x % 16 / 2, y % 20 / 2);
        return column < 5 && row < 7 && Letters[(x / 16 + y / 20) % Letters.Length][6 * row + column] == '1';
    }

    private static byte[] Square(int x, int y)
    {
        int cell = (x / 32 + 3 * (y / 32)) % 6 + 1;
        return [(byte)((cell & 1) * 255), (byte)((cell >> 1 & 1) * 255), (byte)((cell >> 2 & 1) * 255)];
    }

    private static Raster Draw(int side, Func<int, int, byte[]> color)
    {
        var samples = new byte[3 * side * side];
        for (int i = 0; i < side * side; i++)
            color(i % side, i / side).CopyTo(samples.AsSpan(3 * i));
        return new Raster(side, side, 3, samples);
    }
}
