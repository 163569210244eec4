using Codec.Images;
using Codec.Server.Coding;
using Google.Protobuf;

namespace Codec.Server.Services;

/// <summary>Maps images of messages to records of the domain, and decoded images to messages. No pixel is copied.</summary>
internal static class CodingMessages
{
    /// <summary>Maps an image, or several in one message; the result borrows the message's bytes.</summary>
    /// <param name="image">The image.</param>
    /// <param name="count">Number of images; 0 means 1.</param>
    /// <exception cref="RequestException">InvalidArgument: there is no image, or a file is to be several.</exception>
    public static ImageSource ToSource(V1.Image? image, int count = 1) =>
        image?.SourceCase switch
        {
            V1.Image.SourceOneofCase.File when count is not (0 or 1) => throw RequestException.Invalid(
                "images",
                $"{count}; a file is one image. Only pixels can be several in one message."
            ),
            V1.Image.SourceOneofCase.File => new FileSource(image.File.Memory, ToFitMode(image.Fit)),
            V1.Image.SourceOneofCase.Pixels => new PixelSource(
                image.Pixels.Width,
                image.Pixels.Height,
                image.Pixels.Channels,
                image.Pixels.Data.Memory,
                count == 0 ? 1 : count
            ),
            _ => throw RequestException.Invalid("image", "neither pixels nor file is set; set one."),
        };

    /// <summary>Maps the codes of one message; the answer takes ownership of a single one.</summary>
    public static V1.EncodeResponse ToMessage(this byte[][] codes, string version, int quality)
    {
        var response = new V1.EncodeResponse { Version = version, Quality = quality };
        if (codes.Length == 1)
        {
            response.Code = UnsafeByteOperations.UnsafeWrap(codes[0]);
            return response;
        }

        response.Code = UnsafeByteOperations.UnsafeWrap(Joined(codes));
        response.CodeLengths.Add(codes.Select(code => (uint)code.Length));
        return response;
    }

    /// <summary>Maps decoded images; the message takes ownership of their samples.</summary>
    public static V1.DecodeResponse ToMessage(this IReadOnlyList<Raster> images)
    {
        var response = new V1.DecodeResponse();
        foreach (Raster image in images)
        {
            response.Images.Add(
                new V1.Pixels
                {
                    Width = image.Width,
                    Height = image.Height,
                    Channels = image.Channels,
                    Data = UnsafeByteOperations.UnsafeWrap(image.Samples),
                }
            );
        }

        return response;
    }

    private static byte[] Joined(byte[][] codes)
    {
        byte[] joined = new byte[codes.Sum(code => code.Length)];
        int start = 0;
        foreach (byte[] code in codes)
        {
            code.CopyTo(joined, start);
            start += code.Length;
        }

        return joined;
    }

    private static FitMode ToFitMode(V1.Fit fit) =>
        fit switch
        {
            V1.Fit.Cover => FitMode.Cover,
            V1.Fit.Stretch => FitMode.Stretch,
            _ => FitMode.None,
        };
}
