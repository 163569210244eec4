namespace Codec.Perception;

/// <summary>One channel of an original at one scale, and what every comparison with it needs.</summary>
/// <param name="Plane">The channel.</param>
/// <param name="Mean">Its Gaussian mean at every pixel.</param>
/// <param name="Square">That of its square.</param>
internal sealed record OriginalChannel(FloatPlane Plane, FloatPlane Mean, FloatPlane Square)
{
    public static OriginalChannel Of(FloatPlane plane) => new(plane, plane.Blur(), (plane * plane).Blur());
}
