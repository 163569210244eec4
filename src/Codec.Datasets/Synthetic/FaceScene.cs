using System.Numerics;

namespace Codec.Datasets.Synthetic;

/// <summary>The properties that differ between pictures of one person: pose, expression, light, background and camera.</summary>
internal sealed class FaceScene
{
    private static readonly Vector3[] Backgrounds =
    [
        Shade.Rgb(0x20242A),
        Shade.Rgb(0x0C0C0E),
        Shade.Rgb(0x8C8F94),
        Shade.Rgb(0xD8D5CE),
        Shade.Rgb(0x34507A),
        Shade.Rgb(0x6E1F22),
        Shade.Rgb(0x3F5B3A),
        Shade.Rgb(0x8A6A45),
        Shade.Rgb(0xB9A98C),
        Shade.Rgb(0x5A5A66),
    ];

    /// <summary>Draws a scene.</summary>
    /// <param name="random">The scene's own random stream.</param>
    /// <param name="skin">The color of the skin, for which the camera exposes.</param>
    public FaceScene(SplitMix random, Vector3 skin)
    {
        Yaw = Math.Clamp(random.Normal(0, 0.27f), -0.75f, 0.75f);
        Pitch = Math.Clamp(random.Normal(0.02f, 0.12f), -0.35f, 0.35f);
        Roll = random.Normal(0, 0.05f);
        Center = new Vector2(random.Normal(0, 0.05f) - 0.10f * Yaw, random.Normal(0.06f, 0.05f));
        Zoom = random.Normal(1.18f, 0.06f);

        Smile = Math.Clamp(random.Normal(0.35f, 0.5f), -0.5f, 1.2f);
        MouthOpening = random.Chance(0.45f) ? random.Between(0.15f, 1) : 0;
        EyeOpening = random.Chance(0.06f) ? 0.12f : Math.Clamp(random.Normal(1 - 0.25f * Math.Max(0, Smile), 0.14f), 0.35f, 1.3f);
        Gaze = new Vector2(random.Normal(0, 0.025f), random.Normal(0, 0.006f));

        // Most photographs are lit from above (flash, lamp, sky), some hard from one side.
        bool hard = random.Chance(0.25f);
        float side = random.Normal(0, hard ? 0.8f : 0.42f),
            above = random.Between(0.1f, 0.95f);
        Light = Vector3.Normalize(new Vector3(MathF.Sin(side), -above, MathF.Cos(side)));
        Between = Vector3.Normalize(Light + Vector3.UnitZ);
        Ambient = hard ? random.Between(0.10f, 0.28f) : random.Between(0.30f, 0.60f);
        float warmth = random.Normal(0.05f, 0.10f);
        // The camera's exposure partly compensates for dark and light skin.
        float exposure = MathF.Exp(random.Normal(0.16f, 0.16f)) * MathF.Pow(0.36f / Math.Max(0.02f, skin.Y), 0.45f);
        LightColor = new Vector3(1 + warmth, 1 + random.Normal(0, 0.025f), 1 - 1.3f * warmth) * exposure;
        Gloss = random.Between(0.02f, 0.22f);

        BackgroundFrom = Backgrounds[random.Pick([2, 1.4f, 1, 0.8f, 1, 0.6f, 0.7f, 1, 1, 1])] * random.Between(0.6f, 1.3f);
        BackgroundTo = random.Chance(0.5f)
            ? BackgroundFrom * random.Between(0.4f, 1.6f)
            : Backgrounds[random.Pick([1, 1, 1, 1, 1, 1, 1, 1, 1, 1])] * random.Between(0.6f, 1.3f);
        float angle = random.Between(0, MathF.Tau);
        BackgroundSlope = new Vector2(MathF.Cos(angle), MathF.Sin(angle)) * random.Between(0.4f, 3);
        BackgroundShift = random.Between(-0.5f, 0.5f);
        BackgroundBlotches = random.Between(0, 1.2f);
        Clothes = Backgrounds[random.Pick([4, 4, 1, 3, 2, 0.6f, 0.4f, 0.6f, 1, 2])] * random.Between(0.5f, 1.2f);

        Blur = random.Between(0, 1);
        Grain = MathF.Abs(random.Normal(0, 1.6f)) + 0.3f;
        Texture = (uint)random.Next();
    }

    /// <summary>The head's turn to the picture's right, in radians.</summary>
    public float Yaw { get; }

    /// <summary>The head's nod downwards, in radians.</summary>
    public float Pitch { get; }

    /// <summary>The head's tilt clockwise, in radians.</summary>
    public float Roll { get; }

    /// <summary>The head's center; half the picture's side is 1.</summary>
    public Vector2 Center { get; }

    public float Zoom { get; }

    /// <summary>Expression of the mouth: −0.5 (sullen) to 1.2 (laughing).</summary>
    public float Smile { get; }

    /// <summary>0 (closed) to 1.</summary>
    public float MouthOpening { get; }

    /// <summary>Factor on the person's own value; 1 is usual.</summary>
    public float EyeOpening { get; }

    /// <summary>Shift of the irises.</summary>
    public Vector2 Gaze { get; }

    /// <summary>Unit vector towards the light: x to the right, y down, z to the camera.</summary>
    public Vector3 Light { get; }

    /// <summary>Unit vector halfway between the light and the camera; a surface that faces it has a highlight.</summary>
    public Vector3 Between { get; }

    /// <summary>Ambient light, 0 to 1.</summary>
    public float Ambient { get; }

    public Vector3 LightColor { get; }

    public float Gloss { get; }

    public Vector3 BackgroundFrom { get; }

    public Vector3 BackgroundTo { get; }

    public Vector2 BackgroundSlope { get; }

    public float BackgroundShift { get; }

    public float BackgroundBlotches { get; }

    public Vector3 Clothes { get; }

    /// <summary>0 (sharp) to 1.</summary>
    public float Blur { get; }

    /// <summary>Standard deviation of the camera's noise, in levels of 0..255.</summary>
    public float Grain { get; }

    /// <summary>Seed of the background and the noise.</summary>
    public uint Texture { get; }
}
