namespace Codec.Datasets;

/// <summary>What a picture of a face divides into, where it is too small to tell all <see cref="FacePart"/>s apart.</summary>
public enum FaceRegion : byte
{
    /// <summary>Background and clothes.</summary>
    Surroundings = 0,

    /// <summary>Hair of the head.</summary>
    Hair = 1,

    /// <summary>Skin and all that is on it: features, beard, glasses.</summary>
    Face = 2,
}

/// <summary>From parts to regions.</summary>
public static class FaceRegions
{
    /// <summary>The region that a part belongs to.</summary>
    public static FaceRegion Of(FacePart part) =>
        part switch
        {
            FacePart.Background or FacePart.Clothes => FaceRegion.Surroundings,
            FacePart.Hair => FaceRegion.Hair,
            _ => FaceRegion.Face,
        };
}
