using System.Numerics;

namespace Codec.Datasets.Synthetic;

/// <summary>Computes, for any point of the picture, its part of the face and its color in linear light.</summary>
/// <remarks>
/// The head is half an ellipsoid that narrows toward the chin. A point inside its outline maps to a point of the unit sphere; rotated back
/// by the pose, it gives a position on the face (p to the right, q down), where the features are drawn. Features on the side turned away
/// are therefore foreshortened, as on a real head.
/// </remarks>
internal sealed partial class FacePainter(FaceTraits traits, FaceScene scene)
{
    private readonly float _cosYaw = MathF.Cos(scene.Yaw);
    private readonly float _sinYaw = MathF.Sin(scene.Yaw);
    private readonly float _cosPitch = MathF.Cos(scene.Pitch);
    private readonly float _sinPitch = MathF.Sin(scene.Pitch);
    private readonly float _cosRoll = MathF.Cos(scene.Roll);
    private readonly float _sinRoll = MathF.Sin(scene.Roll);

    /// <summary>Paints the point (x, y) of the picture, whose shorter side spans −1 to 1.</summary>
    public FacePart Paint(float x, float y, out Vector3 color)
    {
        float dx = (x - scene.Center.X) / scene.Zoom,
            dy = (y - scene.Center.Y) / scene.Zoom;
        float hx = dx * _cosRoll + dy * _sinRoll,
            hy = dy * _cosRoll - dx * _sinRoll;

        float v = hy / traits.HeadHeight;
        float u = hx / (traits.HeadWidth * (1 - traits.Jaw * Shade.Step(0.05f, 1.05f, v)));
        float square = u * u + v * v;
        if (square >= 1)
            return PaintAround(x, y, hx, hy, out color);

        var normal = new Vector3(u, v, MathF.Sqrt(1 - square));
        float p = normal.X * _cosYaw - normal.Z * _sinYaw;
        float front = normal.X * _sinYaw + normal.Z * _cosYaw;
        float q = normal.Y * _cosPitch - front * _sinPitch;

        // Behind the ear p would decrease again; let it grow instead, so that no second face starts there.
        if (front < 0)
            p = p < 0 ? -2 - p : 2 - p;
        return PaintHead(p, q, hx, hy, normal, out color);
    }

    private FacePart PaintHead(float p, float q, float hx, float hy, Vector3 normal, out Vector3 color)
    {
        if (PaintGlasses(p, q, out color))
            return FacePart.Glasses;
        if (IsFrontHair(p, q))
        {
            color = HairColor(hx, hy, normal);
            return FacePart.Hair;
        }

        if (PaintEye(p, q, out color))
            return FacePart.Eye;

        Vector3 lit = Light(p, q, normal, out float gloss);
        FacePart part = FacePart.Skin;
        Vector3 surface = SkinAt(p, q);
        if (MouthAt(p, q, out Vector3 lips, out float mouthCover))
        {
            surface = Vector3.Lerp(surface, lips, mouthCover);
            part = FacePart.Mouth;
        }
        else if (BeardAt(p, q) is var beard and > 0.02f)
        {
            surface = Vector3.Lerp(surface, traits.Beard * (0.7f + 0.6f * Shade.Noise(p * 26, q * 20, traits.Texture)), beard);
            gloss *= 1 - beard;
            if (beard > 0.5f)
                part = FacePart.Beard;
        }
        else if (IsNose(p, q))
        {
            part = FacePart.Nose;
        }

        float brow = BrowAt(p, q);
        if (brow > 0.02f)
        {
            surface = Vector3.Lerp(surface, traits.Brow, brow);
            gloss *= 1 - brow;
            if (brow > 0.4f)
                part = FacePart.Brow;
        }

        color = surface * lit + scene.LightColor * gloss;
        return part;
    }

    private Vector3 SkinAt(float p, float q)
    {
        // Cheeks and nose are redder than the forehead, and skin is never uniform.
        float flush = Shade.Hill(MathF.Abs(p) - 0.42f, q - 0.22f, 0.34f, 0.26f) + 0.7f * Shade.Hill(p, q - traits.NoseTip, 0.2f, 0.16f);
        float mottle = 0.93f + 0.14f * Shade.Noise(p * 5, q * 5, traits.Texture);
        return traits.Skin * mottle * (Vector3.One - flush * new Vector3(0.02f, 0.14f, 0.13f));
    }

    /// <summary>Computes the light on a point of the skin, with the shading of raised features.</summary>
    private Vector3 Light(float p, float q, Vector3 normal, out float gloss)
    {
        float across = MathF.Abs(p),
            noseShift = NoseShift(q),
            nose = p - noseShift,
            tip = traits.NoseTip;
        var slope = Vector2.Zero;
        float height = traits.NoseHeight;
        Shade.AddSlope(ref slope, nose, q - 0.02f, 0.11f, 0.42f, 0.085f * height);
        Shade.AddSlope(ref slope, nose, q - tip + 0.02f, traits.NoseWidth * 1.15f, 0.13f, 0.060f * height);
        Shade.AddSlope(ref slope, p, q - 0.82f, 0.24f, 0.20f, 0.05f);
        Shade.AddSlope(ref slope, p, q - traits.MouthHeight, traits.MouthWidth * 1.2f, 0.20f, 0.035f);

        // The face is symmetric: the slope along p changes its sign with the side.
        var paired = Vector2.Zero;
        Shade.AddSlope(ref paired, across - traits.EyeSpacing, q - traits.EyeHeight + 0.015f, 0.24f, 0.15f, -0.032f);
        Shade.AddSlope(ref paired, across - 0.38f, q - traits.EyeHeight + traits.BrowHeight + 0.03f, 0.34f, 0.13f, 0.028f);
        Shade.AddSlope(ref paired, across - 0.46f, q - 0.16f, 0.28f, 0.24f, 0.05f + 0.03f * Math.Max(0, scene.Smile));
        slope += new Vector2(p < 0 ? -paired.X : paired.X, paired.Y);

        Vector3 bumpy = Vector3.Normalize(normal - new Vector3(slope, 0));
        float facing = Vector3.Dot(bumpy, scene.Light);
        float direct = Math.Max(0, (facing + 0.12f) / 1.12f);

        float hidden = 0.30f * Shade.Hill(across - traits.EyeSpacing * 0.86f, q - traits.EyeHeight + 0.01f, 0.27f, 0.15f);
        hidden += 0.55f * Shade.Hill(MathF.Abs(nose) - traits.NoseWidth * 0.52f, q - tip - 0.045f, 0.065f, 0.038f);
        hidden += 0.30f * Shade.Hill(nose, q - tip - 0.085f, traits.NoseWidth, 0.05f);
        hidden += 0.22f * Shade.Hill(p, q - traits.MouthHeight - 0.135f, 0.20f, 0.06f);
        hidden += Fold(across, q);
        hidden += 0.35f * Shade.Step(0.80f, 1.02f, MathF.Sqrt(normal.X * normal.X + normal.Y * normal.Y));

        float shine = Math.Max(0, Vector3.Dot(bumpy, scene.Between));
        shine *= shine;
        shine *= shine;
        gloss = scene.Gloss * shine * shine * shine * shine * shine * (1 - hidden);
        return scene.LightColor * (scene.Ambient * (0.75f + 0.25f * bumpy.Z) + (1 - scene.Ambient) * direct) * Math.Max(0.1f, 1 - hidden);
    }

    // The fold from the nose's wing to the corner of the mouth; deeper with age and laughter.
    private float Fold(float across, float q)
    {
        float along = (q - traits.NoseTip) / Math.Max(0.1f, traits.MouthHeight + 0.04f - traits.NoseTip);
        if (along is <= 0 or >= 1)
            return 0;
        float line = traits.NoseWidth + 0.05f + along * (traits.MouthWidth - traits.NoseWidth + 0.02f);
        float depth = (0.06f + 0.22f * traits.Age + 0.20f * Math.Max(0, scene.Smile)) * 4 * along * (1 - along);
        return depth * Shade.Hill(across - line, 0, 0.055f, 1);
    }

    // The nose protrudes, so its tip moves further than the skin below it when the head turns.
    private float NoseShift(float q) => 0.26f * _sinYaw * traits.NoseHeight * Shade.Step(-0.25f, traits.NoseTip, q);
}
