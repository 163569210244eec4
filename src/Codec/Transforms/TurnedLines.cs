namespace Codec.Transforms;

/// <summary>Turns an image's lines from planes over some colours to planes over others.</summary>
/// <param name="width">Pixels of a line.</param>
/// <param name="turn">[planes that come, planes that go]: what a unit of each adds to each.</param>
/// <param name="planes">Planes that go.</param>
/// <param name="next">Takes the turned lines.</param>
internal sealed class TurnedLines(int width, float[] turn, int planes, ILineSink next) : ILineSink
{
    private readonly float[] _turned = new float[width * planes];

    /// <inheritdoc/>
    public void Write(int y, ReadOnlySpan<float> given, int planeLength)
    {
        _turned.AsSpan().Clear();
        for (int i = 0; i < turn.Length; i++)
            Lines.AddScaled(_turned.AsSpan(i % planes * width, width), given.Slice(i / planes * planeLength, width), turn[i]);
        next.Write(y, _turned, width);
    }
}
