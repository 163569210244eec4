namespace Codec.Images;

/// <summary>Mirrors an image at its edges.</summary>
internal static class EdgeMirror
{
    /// <summary>
    /// The pixel that stands in for a position outside 0..size − 1: −1 gives 0, −2 gives 1, size gives size − 1, and so on.
    /// </summary>
    /// <remarks>Far outside, the mirrored image is mirrored again: positions repeat every 2 · size.</remarks>
    public static int Reflect(int position, int size)
    {
        int folded = (position < 0 ? -1 - position : position) % (2 * size);
        return folded < size ? folded : 2 * size - 1 - folded;
    }
}
