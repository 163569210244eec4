using Codec.Transforms;

namespace Codec.Schemes.Grid;

/// <summary>Turns an image's lines from planes over some colours to planes over others.</summary>
/// <param name="width">Pixels of a line.</param>
/// <param name="turn">[planes that go, planes that come]: what a unit of each adds to each.</param>
/// <param name="planes">Planes that go.</param>
/// <param name="next">Takes the turned lines.</param>
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
