namespace Codec.Images;

/// <summary>Mirrors an image at its edges.</summary>
internal static class EdgeMirror
{
    /// <summary>Maps a position outside 0..size − 1 to the pixel that it mirrors: −1 to 0, −2 to 1, size to size − 1, and so on.</summary>
    /// <remarks>Far outside, the mirrored image is mirrored again: positions repeat every 2 · size.</remarks>
    public static int Reflect(int position, int size)
    {
        int folded = (position < 0 ? -1 - position : position) % (2 * size);
        return folded < size ? folded : 2 * size - 1 - folded;
    }
}
