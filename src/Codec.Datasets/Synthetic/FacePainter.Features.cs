using System.Numerics;

namespace Codec.Datasets.Synthetic;

/// <content>Eyes, brows, nose, mouth, beard and glasses, in the face's own coordinates.</content>
internal sealed partial class FacePainter
{
    private static readonly Vector3 White = Shade.Rgb(0xDEDAD6);
    private static readonly Vector3 Teeth = Shade.Rgb(0xE3DACB);
    private static readonly Vector3 Throat = Shade.Rgb(0x35100E);
    private static readonly Vector3 Lash = Shade.Rgb(0x1A1210);
    private static readonly Vector3 Lens = Shade.Rgb(0x15171A);
    private static readonly Vector3 Metal = Shade.Rgb(0x6E675C);
    private static readonly Vector3 Horn = Shade.Rgb(0x1B1512);

    // Light on eyes and glasses, which face the camera.
    private Vector3 Frontal => scene.LightColor * (scene.Ambient + (1 - scene.Ambient) * Math.Max(0.15f, scene.Light.Z));

    private bool PaintEye(float p, float q, out Vector3 color)
    {
        color = default;
        float side = p < 0 ? -1 : 1;
        float dp = p - side * traits.EyeSpacing;
        float dq = q - traits.EyeHeight + dp * side * traits.EyeTilt;
        float t = dp / traits.EyeWidth;
        if (MathF.Abs(t) >= 1)
            return false;

        float opening = traits.EyeOpening * scene.EyeOpening,
            arc = 1 - t * t;
        float upper = -opening * arc,
            lower = 0.65f * opening * arc;
        float lash = 0.022f * MathF.Sqrt(arc);
        if (dq < upper - lash || dq > lower)
            return false;
        if (dq < upper + lash * 0.4f)
        {
            color = Vector3.Lerp(Lash, traits.Skin * 0.35f, 0.3f) * Frontal;
            return true;
        }

        // Distances in the picture, where a unit of q is longer than one of p.
        float stretch = traits.HeadHeight / traits.HeadWidth;
        var fromIris = new Vector2(dp - scene.Gaze.X, (dq - scene.Gaze.Y + 0.12f * opening) * stretch);
        float distance = fromIris.Length() / 0.092f;
        float lidShadow = 0.55f + 0.45f * Shade.Step(upper, upper + 1.1f * opening, dq);
        Vector3 eye = White * (0.85f - 0.25f * t * t);
        if (distance < 1)
            eye = distance < 0.45f ? Lash * 0.4f : traits.Iris * (1.15f - 0.55f * distance);
        if ((fromIris - new Vector2(-0.022f, -0.030f)).Length() < 0.024f)
            eye = Vector3.One * 0.85f;
        color = eye * lidShadow * Frontal;
        return true;
    }

    private float BrowAt(float p, float q)
    {
        float across = MathF.Abs(p) - traits.EyeSpacing + 0.02f;
        float t = across / 0.27f;
        if (MathF.Abs(t) >= 1)
            return 0;
        float arch =
            traits.EyeHeight - traits.BrowHeight - 0.035f * (1 - t * t) + traits.BrowTilt * across - 0.02f * Math.Max(0, scene.Smile);
        float thickness = traits.BrowThickness * (1 - 0.6f * Shade.Step(-0.4f, 1, t));
        float within = 1 - Shade.Step(thickness * 0.55f, thickness * 1.15f, MathF.Abs(q - arch));
        if (within <= 0)
            return 0;
        return within * (0.62f + 0.38f * Shade.Noise(p * 34, q * 22, traits.Texture + 1)) * Shade.Step(1, 0.82f, MathF.Abs(t));
    }

    private bool IsNose(float p, float q)
    {
        float t = (q + 0.20f) / (traits.NoseTip + 0.05f + 0.20f);
        if (t is <= 0 or >= 1)
            return false;
        float halfWidth =
            t < 0.72f
                ? 0.05f + 0.45f * traits.NoseWidth * t
                : traits.NoseWidth * MathF.Sqrt(Math.Max(0, 1 - MathF.Pow((t - 0.80f) / 0.2f, 2) * 0.9f));
        return MathF.Abs(p - NoseShift(q)) < halfWidth;
    }

    private bool MouthAt(float p, float q, out Vector3 color, out float cover)
    {
        color = default;
        cover = 1;
        float width = traits.MouthWidth * (1 + 0.22f * Math.Max(0, scene.Smile) - 0.12f * scene.MouthOpening);
        float t = p / width;
        if (MathF.Abs(t) >= 1)
            return false;

        float arc = 1 - t * t;
        float line = traits.MouthHeight + 0.05f * scene.Smile * (arc - 0.6f);
        float gap = 0.115f * scene.MouthOpening * arc;
        float upper =
            traits.LipHeight * (1 - 0.25f * Math.Max(0, scene.Smile)) * MathF.Sqrt(arc) * (1 - 0.22f * Shade.Hill(p, 0, 0.06f, 1));
        float lower = traits.LipHeight * 1.25f * arc;
        float d = q - line;
        if (d < -upper || d > gap + lower)
            return false;

        if (d > 0 && d < gap)
        {
            bool teeth = d < gap * (0.45f + 0.35f * Math.Max(0, scene.Smile));
            color = teeth ? Teeth * (0.80f - 0.45f * t * t) : Throat;
            return true;
        }

        bool seam = scene.MouthOpening == 0 && MathF.Abs(d) < 0.011f;
        color = seam ? traits.Lips * 0.32f : traits.Lips * (d < 0 ? 0.84f : 1.06f - 0.2f * (d - gap) / lower);
        cover = 0.9f;
        return true;
    }

    /// <summary>Computes how much of the skin the beard covers, 0 to 1.</summary>
    private float BeardAt(float p, float q)
    {
        if (traits.BeardStyle == BeardStyle.None)
            return 0;
        float across = MathF.Abs(p);
        // A moustache reaches past the corners of the mouth, thinner there and a little lower.
        float reach = across / (1.18f * traits.MouthWidth);
        float lip = traits.NoseTip + 0.5f * (traits.MouthHeight - traits.NoseTip) + 0.05f * reach * reach + 0.03f;
        float thick = 0.30f * (traits.MouthHeight - traits.NoseTip) * (1.1f - 0.6f * reach);
        float moustache = reach >= 1 ? 0 : 1 - Shade.Step(thick, thick * 1.8f, MathF.Abs(q - lip));
        float chin = Shade.Hill(p, q - 0.74f, 0.34f, 0.34f) > 0.12f ? 1 : 0;
        // The full beard: from the ear along the cheek to the mouth, and everything below.
        float edge = 0.42f - 0.55f * Math.Max(0, across - 0.45f);
        float cheeks = Shade.Step(edge, edge + 0.12f, q) * Shade.Step(0.26f, 0.46f, across + 0.9f * Math.Max(0, q - traits.MouthHeight));
        float rough = 0.82f + 0.18f * Shade.Noise(p * 14, q * 14, traits.Texture + 2);
        return rough
            * traits.BeardStyle switch
            {
                BeardStyle.Stubble => 0.30f * Math.Max(moustache, Math.Max(cheeks, chin)),
                BeardStyle.Moustache => 0.95f * moustache,
                BeardStyle.Goatee => 0.92f * Math.Max(moustache, chin),
                _ => 0.95f * Math.Max(moustache, Math.Max(cheeks, chin)),
            };
    }

    private bool PaintGlasses(float p, float q, out Vector3 color)
    {
        color = default;
        if (traits.GlassesStyle == GlassesStyle.None)
            return false;

        float across = MathF.Abs(p),
            center = traits.EyeSpacing - 0.01f,
            level = traits.EyeHeight + 0.03f;
        float rim = traits.GlassesStyle == GlassesStyle.Wire ? 0.022f : 0.042f;
        float x = MathF.Abs(across - center) / traits.GlassesRadius,
            y = MathF.Abs(q - level) / (traits.GlassesRadius * 0.66f);
        float radius = MathF.Pow(MathF.Pow(x, traits.GlassesShape) + MathF.Pow(y, traits.GlassesShape), 1 / traits.GlassesShape);
        bool inLens = radius < 1;
        bool onRim = MathF.Abs(radius - 1) * traits.GlassesRadius < rim;
        bool bridge = across < center - traits.GlassesRadius && MathF.Abs(q - level + 0.05f) < rim;
        bool temple = across > center + traits.GlassesRadius && MathF.Abs(q - level + 0.04f) < rim * 0.9f;

        Vector3 frame = traits.GlassesStyle switch
        {
            GlassesStyle.Wire => Metal,
            GlassesStyle.Horn => Horn,
            _ => Lens,
        };
        if (onRim || bridge || temple)
        {
            color = frame * Frontal;
            return true;
        }

        if (!inLens || traits.GlassesStyle != GlassesStyle.Dark)
            return false;
        color = Lens * Frontal + scene.LightColor * 0.10f * Shade.Hill(across - center + 0.05f, q - level + 0.07f, 0.16f, 0.10f);
        return true;
    }
}
