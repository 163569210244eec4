using System.Numerics;

namespace Codec.Datasets.Synthetic;

/// <summary>Hairstyle.</summary>
internal enum HairStyle
{
    Bald,
    Short,
    Full,
    Long,
}

/// <summary>Style of the beard.</summary>
internal enum BeardStyle
{
    None,
    Stubble,
    Moustache,
    Goatee,
    Full,
}

/// <summary>Kind of glasses.</summary>
internal enum GlassesStyle
{
    None,
    Wire,
    Horn,
    Dark,
}

/// <summary>The properties that are the same in all pictures of one person.</summary>
/// <remarks>Lengths on the face are in units of half the head's width (p) and half its height (q), from the head's center.</remarks>
internal sealed class FaceTraits
{
    private static readonly Vector3[] SkinTones =
    [
        Shade.Rgb(0xF3D3C2),
        Shade.Rgb(0xE6B899),
        Shade.Rgb(0xCB9670),
        Shade.Rgb(0x99643F),
        Shade.Rgb(0x5E3A26),
    ];
    private static readonly Vector3[] HairColors =
    [
        Shade.Rgb(0x17120F),
        Shade.Rgb(0x33221A),
        Shade.Rgb(0x5B3B25),
        Shade.Rgb(0xA9803F),
        Shade.Rgb(0x8A3B1C),
        Shade.Rgb(0x8B8782),
        Shade.Rgb(0xD9D6D0),
    ];
    private static readonly Vector3[] IrisColors =
    [
        Shade.Rgb(0x3A2415),
        Shade.Rgb(0x5B3A1E),
        Shade.Rgb(0x6A6A35),
        Shade.Rgb(0x5C7F9E),
        Shade.Rgb(0x6F7A80),
    ];

    public FaceTraits(SplitMix random)
    {
        float melanin = MathF.Pow(random.Unit(), 1.6f) * (SkinTones.Length - 1);
        int tone = Math.Min((int)melanin, SkinTones.Length - 2);
        Skin =
            Vector3.Lerp(SkinTones[tone], SkinTones[tone + 1], melanin - tone)
            * new Vector3(random.Normal(1, 0.04f), random.Normal(1, 0.03f), random.Normal(1, 0.05f));
        bool fair = melanin < 1.3f;
        Age = random.Unit();
        bool manly = random.Chance(0.6f);

        HeadWidth = random.Normal(0.775f, 0.035f);
        HeadHeight = random.Normal(1.12f, 0.04f);
        Jaw = random.Between(manly ? 0.02f : 0.08f, 0.26f);
        EyeSpacing = random.Normal(0.455f, 0.018f);
        EyeHeight = random.Normal(-0.24f, 0.015f);
        EyeWidth = random.Normal(0.195f, 0.013f);
        EyeOpening = random.Normal(0.066f, 0.012f);
        EyeTilt = random.Normal(0.0f, 0.07f);
        Iris = IrisColors[random.Pick(fair ? [2, 2, 2, 3, 2] : [5, 2, 0.3f, 0, 0])];
        BrowThickness = random.Normal(manly ? 0.055f : 0.036f, 0.009f);
        BrowHeight = random.Normal(0.135f, 0.018f);
        BrowTilt = random.Normal(0, 0.10f);
        NoseWidth = random.Normal(0.185f, 0.02f) + 0.02f * melanin / 4;
        NoseTip = random.Normal(0.19f, 0.022f);
        NoseHeight = random.Normal(1.0f, 0.15f);
        MouthHeight = random.Normal(0.45f, 0.02f);
        MouthWidth = random.Normal(0.365f, 0.03f);
        LipHeight = random.Normal(0.048f, 0.009f) + 0.012f * melanin / 4;
        float red = random.Between(0.0f, manly ? 0.25f : 0.8f);
        Lips = Vector3.Lerp(Skin * new Vector3(0.86f, 0.56f, 0.55f), Shade.Rgb(0xA8323A), red * 0.7f);

        float grey = Age > 0.6f ? Age : 0;
        int hair = random.Pick(fair ? [2, 4, 4, 3, 0.7f, 6 * grey, 5 * grey] : [7, 3, 0.6f, 0.05f, 0.05f, 3 * grey, 2 * grey]);
        Hair = HairColors[hair] * random.Normal(1, 0.12f);
        Brow = Vector3.Lerp(Hair * 0.6f, HairColors[1] * 0.7f, 0.6f);
        HairStyle = (HairStyle)random.Pick(manly ? [0.13f, 0.62f, 0.20f, 0.05f] : [0.01f, 0.14f, 0.30f, 0.55f]);
        Hairline = random.Normal(manly ? -0.70f - 0.08f * Age : -0.64f, 0.06f);
        Fringe = HairStyle is HairStyle.Full or HairStyle.Long && random.Chance(0.45f) ? random.Between(0.05f, 0.28f) : 0;
        Parting = random.Normal(0, 0.35f);
        HairVolume = HairStyle switch
        {
            HairStyle.Short => random.Between(0.02f, 0.08f),
            HairStyle.Bald => 0,
            _ => random.Between(0.08f, 0.26f),
        };
        BeardStyle = manly ? (BeardStyle)random.Pick([0.52f, 0.16f, 0.12f, 0.08f, 0.12f]) : BeardStyle.None;
        Beard = Vector3.Lerp(Hair, HairColors[1], 0.35f) * random.Between(0.7f, 1.0f);
        GlassesStyle = (GlassesStyle)random.Pick([0.78f, 0.10f, 0.07f, 0.05f]);
        GlassesRadius = random.Between(0.27f, 0.34f);
        GlassesShape = random.Between(2, 4.5f);
        Texture = (uint)random.Next();
    }

    public Vector3 Skin { get; }

    public Vector3 Lips { get; }

    public Vector3 Iris { get; }

    public Vector3 Hair { get; }

    public Vector3 Brow { get; }

    public Vector3 Beard { get; }

    /// <summary>0 (young) to 1 (old): grey hair, and folds.</summary>
    public float Age { get; }

    /// <summary>Half the head's width; half the picture's is 1.</summary>
    public float HeadWidth { get; }

    public float HeadHeight { get; }

    /// <summary>How much the head narrows toward the chin.</summary>
    public float Jaw { get; }

    public float EyeSpacing { get; }

    public float EyeHeight { get; }

    public float EyeWidth { get; }

    public float EyeOpening { get; }

    public float EyeTilt { get; }

    public float BrowThickness { get; }

    /// <summary>Distance of the brow above the eye.</summary>
    public float BrowHeight { get; }

    public float BrowTilt { get; }

    public float NoseWidth { get; }

    public float NoseTip { get; }

    /// <summary>How far the nose protrudes; 1 is usual.</summary>
    public float NoseHeight { get; }

    public float MouthHeight { get; }

    public float MouthWidth { get; }

    public float LipHeight { get; }

    public HairStyle HairStyle { get; }

    /// <summary>Position of the hairline on the forehead.</summary>
    public float Hairline { get; }

    /// <summary>Length of the hair below the hairline.</summary>
    public float Fringe { get; }

    public float Parting { get; }

    /// <summary>Thickness of the hair on the head.</summary>
    public float HairVolume { get; }

    public BeardStyle BeardStyle { get; }

    public GlassesStyle GlassesStyle { get; }

    public float GlassesRadius { get; }

    /// <summary>Exponent of the rim's shape: 2 is round, 4 is nearly square.</summary>
    public float GlassesShape { get; }

    /// <summary>Seed of strands and skin.</summary>
    public uint Texture { get; }
}
