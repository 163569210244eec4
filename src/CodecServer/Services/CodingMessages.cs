using Codec.Images;
using Codec.Server.Coding;
using Google.Protobuf;

namespace Codec.Server.Services;

/// <summary>Maps images of messages to records of the domain, and decoded images to messages. No pixel is copied.</summary>
internal static class CodingMessages
{
    /// <summary>Maps an image; the result borrows the message's bytes.</summary>
    /// <exception cref="RequestException">InvalidArgument: there is no image.</exception>
    public static ImageSource ToSource(V1.Image? image) =>
        image?.SourceCase switch
        {
            V1.Image.SourceOneofCase.File => new FileSource(image.File.Memory, ToFitMode(image.Fit)),
            V1.Image.SourceOneofCase.Pixels => new PixelSource(
                image.Pixels.Width,
                image.Pixels.Height,
                image.Pixels.Channels,
                image.Pixels.Data.Memory
            ),
            _ => throw RequestException.Invalid("image", "neither pixels nor file is set; set one."),
        };

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

    private static FitMode ToFitMode(V1.Fit fit) =>
        fit switch
        {
            V1.Fit.Cover => FitMode.Cover,
            V1.Fit.Stretch => FitMode.Stretch,
            _ => FitMode.None,
        };
}
