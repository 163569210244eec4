namespace Codec.Datasets;

/// <summary>The regions of a picture of a face that is too small to distinguish all <see cref="FacePart"/>s.</summary>
public enum FaceRegion : byte
{
    /// <summary>Background and clothes.</summary>
    Surroundings = 0,

    /// <summary>Hair of the head.</summary>
    Hair = 1,

    /// <summary>Skin and everything on it: features, beard, glasses.</summary>
    Face = 2,
}

/// <summary>Maps parts to regions.</summary>
public static class FaceRegions
{
    /// <summary>Gets the region of a part.</summary>
    public static FaceRegion Of(FacePart part) =>
        part switch
        {
            FacePart.Background or FacePart.Clothes => FaceRegion.Surroundings,
            FacePart.Hair => FaceRegion.Hair,
            _ => FaceRegion.Face,
        };
}
