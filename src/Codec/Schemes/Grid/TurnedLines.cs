using Codec.Transforms;

namespace Codec.Schemes.Grid;

/// <summary>Converts an image's lines from planes of one set of colours to planes of another.</summary>
/// <param name="width">Number of pixels in a line.</param>
/// <param name="turn">[output planes, input planes]: the weight of each input plane in each output plane.</param>
/// <param name="planes">Number of output planes.</param>
/// <param name="next">Receives the converted lines.</param>
internal sealed class TurnedLines(int width, float[] turn, int planes, ILineSink next) : ILineSink
{
    private readonly float[] _turned = new float[width * planes];

    /// <inheritdoc/>
    public void Write(int y, ReadOnlySpan<float> given, int planeLength)
    {
        int come = turn.Length / planes;
        for (int plane = 0; plane < planes; plane++)
            Lines.Combine(_turned.AsSpan(plane * width, width), 0, given, planeLength, turn.AsSpan(plane * come, come));
        next.Write(y, _turned, width);
    }
}
