using System.CommandLine;
using Codec.Client;
using Codec.CommandLine;
using Codec.Datasets;
using Codec.Images;
using Codec.Models;
using Codec.Trainer.Display;

namespace Codec.Trainer.CommandLine;

/// <summary><c>trainer send</c>: a producer whose images the service encodes.</summary>
internal static class SendCommand
{
    public static Command Create(StageDisplay display)
    {
        var data = new DataOptions();
        Argument<string> channel = Options.Channel();
        var service = new ServiceOptions();
        var model = new Option<string>("--model")
        {
            Description = "The model: a name, name@alias, or name@version.",
            DefaultValueFactory = _ => "faces-32",
        };
        Option<int> quality = BoundedOption.Create(
            "--quality",
            1,
            0,
            ModelLimits.MaxQualities - 1,
            "The quality; 0 gives the fewest bytes."
        );
        var command = new Command("send", "Send held-out images to a channel of the service, which encodes them.")
        {
            channel,
            model,
            quality,
        };
        foreach (Option option in service.All.Concat(data.All))
            command.Add(option);
        return command.Does(
            display,
            (arguments, _, cancellationToken) =>
            {
                ImageSet images = data.Read(arguments, display, cancellationToken).Test;
                int refused = SendAsync(
                        images,
                        service.Connect(arguments, display.Line),
                        arguments.GetValue(channel)!,
                        arguments.GetValue(model)!,
                        arguments.GetValue(quality),
                        display,
                        cancellationToken
                    )
                    .GetAwaiter()
                    .GetResult();
                display.Line(
                    $"{images.Count - refused} images were sent and acknowledged{(refused > 0 ? $", {refused} were refused" : "")}."
                );
            }
        );
    }

    /// <summary>Sends the images, and displays the error of each that is refused.</summary>
    /// <returns>The number of refused images.</returns>
    private static async Task<int> SendAsync(
        ImageSet images,
        CodecClient client,
        string channel,
        string model,
        int quality,
        StageDisplay display,
        CancellationToken cancellationToken
    )
    {
        using CodecClient _ = client;
        await client.CreateChannelAsync(channel, cancellationToken: cancellationToken).ConfigureAwait(false);
        ChannelPublisher publisher = await client
            .OpenPublisherAsync(channel, model, quality, cancellationToken: cancellationToken)
            .ConfigureAwait(false);
        int refused = 0;
        await using (publisher.ConfigureAwait(false))
        {
            IAsyncEnumerable<OutgoingImage> outgoing = Enumerable
                .Range(0, images.Count)
                .ToAsyncEnumerable()
                .Select(i => new OutgoingImage(ToSource(images.Image(i))));
            await foreach (PublishResult result in publisher.PublishAllAsync(outgoing, cancellationToken).ConfigureAwait(false))
            {
                if (result.IsStored)
                    continue;
                refused++;
                display.Line($"{images.Ids[(int)result.Index]}: {result.Error.Message}");
            }
        }

        return refused;
    }

    private static ImageSource ToSource(Raster image) => ImageSource.FromPixels(image.Samples, image.Width, image.Height, image.Channels);
}
