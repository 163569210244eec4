using System.Numerics;

namespace Codec.Datasets.Synthetic;

/// <content>Hair, ears, neck, clothes and background.</content>
internal sealed partial class FacePainter
{
    private bool IsFrontHair(float p, float q)
    {
        if (traits.HairStyle == HairStyle.Bald)
            return false;
        float across = MathF.Abs(p);
        float strand = 0.045f * (Shade.Noise(p * 13, q * 2, traits.Texture + 3) - 0.5f);

        // The hairline: lower at the temples, and on the side to which the hair is combed.
        float comb = traits.Fringe * (1 - 0.8f * Shade.Hill(p - traits.Parting, 0, 0.35f, 1));
        float temple = across * across * across * across;
        if (q < traits.Hairline + comb + 0.38f * temple + strand)
            return true;

        // At the side of the eyes the hair ends above the ear, covers it, or runs along the face; shorter toward the middle, so that no
        // edge is straight.
        float inward = (1 - across) / 0.22f;
        return traits.HairStyle switch
        {
            HairStyle.Short => q < 0.05f - 1.1f * inward + 2 * strand,
            HairStyle.Full => q < 0.32f - 0.75f * inward + 3 * strand,
            _ => across > 0.80f + 0.14f * Shade.Step(-0.3f, 0.9f, q) + 2 * strand,
        };
    }

    private Vector3 HairColor(float hx, float hy, Vector3 normal)
    {
        // Strands run down and outwards; a band across them shines.
        float along = MathF.Atan2(hx, hy + 1.6f);
        float strands = 0.70f + 0.60f * Shade.Noise(along * 42, hy * 2.2f, traits.Texture + 4);
        float direct = Math.Max(0, Vector3.Dot(normal, scene.Light));
        float shine = Math.Max(0, Vector3.Dot(normal, scene.Between));
        shine *= shine * shine;
        shine *= shine * shine * strands;
        float lit = scene.Ambient + (1 - scene.Ambient) * direct;
        return scene.LightColor * (traits.Hair * strands * lit + new Vector3(0.05f) * shine * (1 - scene.Ambient));
    }

    private FacePart PaintAround(float x, float y, float hx, float hy, out Vector3 color)
    {
        float v = hy / traits.HeadHeight,
            across = MathF.Abs(hx) / traits.HeadWidth;
        if (IsBackHair(hx, hy))
        {
            var normal = Vector3.Normalize(new Vector3(hx, hy, 0.55f));
            color = HairColor(hx, hy, normal);
            return FacePart.Hair;
        }

        // Ears are at the sides of the head; the head hides the one on the side turned away.
        float side = hx < 0 ? -1 : 1;
        float seen = 0.10f - 0.14f * side * _sinYaw;
        if (seen > 0.02f && Shade.Hill(across - 0.99f, v + 0.06f, seen, 0.18f) > 0)
        {
            float hollow = 0.75f - 0.35f * Shade.Hill(across - 1.0f, v + 0.06f, seen * 0.6f, 0.11f);
            color = traits.Skin * new Vector3(1, 0.90f, 0.88f) * hollow * SideLight(side);
            return FacePart.Skin;
        }

        float neck = 0.60f + 0.25f * Shade.Step(0.85f, 1.25f, v);
        float collar = 0.70f + 0.25f * Shade.Hill(hx, 0, 0.6f, 1);
        if (v > collar)
        {
            float drape = 0.7f + 0.5f * Shade.Noise(hx * 4, hy * 3, scene.Texture + 2);
            color = scene.Clothes * drape * scene.LightColor * (0.4f + 0.6f * Math.Max(0.2f, scene.Light.Z));
            return FacePart.Clothes;
        }

        if (v > 0.35f && across < neck)
        {
            // The chin shades the neck.
            color = traits.Skin * scene.LightColor * (0.55f * scene.Ambient + 0.22f * (1 - scene.Ambient));
            return FacePart.Skin;
        }

        color = BackgroundAt(x, y);
        return FacePart.Background;
    }

    private Vector3 SideLight(float side)
    {
        float direct = Math.Max(0, Vector3.Dot(Vector3.Normalize(new Vector3(side * 0.8f, 0, 0.6f)), scene.Light));
        return scene.LightColor * (scene.Ambient + (1 - scene.Ambient) * direct);
    }

    private bool IsBackHair(float hx, float hy)
    {
        if (traits.HairStyle == HairStyle.Bald)
            return false;
        float volume = traits.HairVolume * (0.8f + 0.4f * Shade.Noise(hx * 5, hy * 5, traits.Texture + 5));
        float width = traits.HeadWidth + volume,
            top = traits.HeadHeight + volume * 0.8f;
        float length = traits.HairStyle switch
        {
            HairStyle.Short => 0.10f,
            HairStyle.Full => 0.62f,
            _ => 1.6f,
        };

        // A turned head shows more hair behind the visible ear.
        float u = (hx + 0.10f * _sinYaw) / width,
            v = hy / top;
        if (v < 0)
            return u * u + v * v < 1;
        float below = hy / length;
        return below < 1 && MathF.Abs(u) < (1 + 0.06f * v) * MathF.Sqrt(1 - below * below * below);
    }

    private Vector3 BackgroundAt(float x, float y)
    {
        float t = Shade.Step(-1, 1, x * scene.BackgroundSlope.X + y * scene.BackgroundSlope.Y + scene.BackgroundShift);
        float blotch = Shade.Noise(x * 1.7f + 9, y * 1.7f + 5, scene.Texture) - 0.5f;
        float fine = Shade.Noise(x * 5, y * 5, scene.Texture + 1) - 0.5f;
        Vector3 color = Vector3.Lerp(scene.BackgroundFrom, scene.BackgroundTo, t);
        return Vector3.Max(Vector3.Zero, color * (1 + scene.BackgroundBlotches * (blotch + 0.35f * fine)));
    }
}
