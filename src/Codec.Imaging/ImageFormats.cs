namespace Codec.Imaging;

/// <summary>Formats of image files.</summary>
[Flags]
public enum ImageFormats
{
    /// <summary>JPEG, PNG and WebP: what strangers may send.</summary>
    Web = 1,

    /// <summary>BMP, and the first picture of a GIF file: for a person's own files. Their readers have met fewer hostile bytes.</summary>
    Local = 2,

    /// <summary>All that can be read.</summary>
    All = Web | Local,
}
