namespace Codec.Imaging.Tests;

/// <summary>Makes JPEG files from others, and finds their parts.</summary>
internal static class TestJpegs
{
    private const int SignatureLength = 2;

    // 24×24, 4:2:0, quality 60, libjpeg-turbo's ten scans. Written by cjpeg 2.1.5.
    private const string ProgressiveFile =
        "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAA0JCgsKCA0LCgsODg0PEyAVExISEyccHhcgLikxMC4pLSwzOko+MzZGNywtQFdBRkxOUlNSMj5aYVpQYEpRUk//"
        + "2wBDAQ4ODhMREyYVFSZPNS01T09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT0//wgARCAAYABgDASIAAhEBAxEB/8QA"
        + "GAABAQEBAQAAAAAAAAAAAAAAAAQFAQP/xAAZAQACAwEAAAAAAAAAAAAAAAAEBQECAwb/2gAMAwEAAhADEAAAAcWj3otE7QDteUGPM0AZr//EABYQAAMAAAAA"
        + "AAAAAAAAAAAAAAABAv/aAAgBAQABBQJQKBQKRQKBSKRQf//EABkRAAMBAQEAAAAAAAAAAAAAAAACAwERIf/aAAgBAwEBPwGFhLeEG0Rt4f/EABkRAAIDAQAA"
        + "AAAAAAAAAAAAAAACAQMRYf/aAAgBAgEBPwFrBrOjtMaO07h//8QAFBABAAAAAAAAAAAAAAAAAAAAMP/aAAgBAQAGPwIf/8QAFhABAQEAAAAAAAAAAAAAAAAA"
        + "ABFB/9oACAEBAAE/IZJYliaSWJppP//aAAwDAQACAAMAAAAQLx//AP/EABYRAQEBAAAAAAAAAAAAAAAAABAhMf/aAAgBAwEBPxDAsRP/xAAdEQACAQQDAAAA"
        + "AAAAAAAAAAAAEQEhMaHRQWGB/9oACAECAQE/EPNY28CZVHRQHFiIi2z/xAAcEAACAwEBAQEAAAAAAAAAAAABEQAhMVGBQZH/2gAIAQEAAT8QQwl+TDZ9mA/r"
        + "5K9EvlRDCX5MFn2Vqb5K9EvkQwl+T//Z";

    /// <summary>A progressive file.</summary>
    public static byte[] Progressive() => Convert.FromBase64String(ProgressiveFile);

    /// <summary>Inserts segments after the start of the image.</summary>
    public static byte[] With(byte[] jpeg, params byte[][] segments) =>
        [.. jpeg.AsSpan(0, SignatureLength), .. TestImages.Join(segments), .. jpeg.AsSpan(SignatureLength)];

    public static byte[] Segment(byte marker, params byte[] content) =>
        [0xFF, marker, (byte)((content.Length + 2) >> 8), (byte)(content.Length + 2), .. content];

    /// <summary>An EXIF segment that contains the orientation, 1 to 8.</summary>
    public static byte[] Exif(byte orientation) => Segment(0xE1, [.. "Exif\0\0"u8, .. TestImages.Exif(orientation)]);

    /// <summary>Changes one byte of the frame: 0 is the marker, 3 bits a sample, 4 to 7 the size, 8 the number of components.</summary>
    public static byte[] WithFrameByte(byte[] jpeg, int index, byte value)
    {
        int frame = Find(jpeg, 0xC0)[0];
        byte[] changed = [.. jpeg];
        changed[frame + 1 + index] = value;
        return changed;
    }

    /// <summary>Finds the segments with a marker. In these small files no marker's bytes occur within a segment.</summary>
    public static int[] Find(byte[] jpeg, byte marker) =>
        [.. Enumerable.Range(0, jpeg.Length - 1).Where(at => jpeg[at] == 0xFF && jpeg[at + 1] == marker)];
}
