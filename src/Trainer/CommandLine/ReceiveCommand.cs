using System.CommandLine;
using System.Globalization;
using Codec.Client;
using Codec.CommandLine;
using Codec.Images;
using Codec.Imaging;
using Codec.Models;
using Codec.Onnx;
using Codec.Trainer.Display;
using Codec.Trainer.Report;
using Grpc.Core;
using Spectre.Console;

namespace Codec.Trainer.CommandLine;

/// <summary><c>trainer receive</c>: a subscriber that decodes images, and measures how much smaller their codes are.</summary>
internal static class ReceiveCommand
{
    // Number of images in the picture.
    private const int Shown = 8;

    public static Command Create(StageDisplay display)
    {
        Argument<string> channel = Options.Channel();
        var service = new ServiceOptions();
        Option<int> count = BoundedOption.Create("--count", 100, 1, 1_000_000, "How many images to receive, from the channel's start.");
        var head = new Option<string>("--head")
        {
            Description = "The head to decode with; each head decodes the same code to a different image.",
            DefaultValueFactory = _ => ModelManifest.ImageHead,
        };
        var picture = new Option<FileInfo?>("--picture") { Description = "A PNG file for the first images." };
        var command = new Command(
            "receive",
            "Subscribe to a channel of the service, decode its images, and print how much smaller their codes are."
        )
        {
            channel,
            count,
            head,
            picture,
        };
        foreach (Option option in service.All)
            command.Add(option);
        return command.Does(
            display,
            (arguments, _, cancellationToken) =>
            {
                Received received = ReceiveAsync(
                        service.Connect(arguments, display.Line, options => options with { Networks = OnnxNetworkRuntime.Instance }),
                        arguments.GetValue(channel)!,
                        arguments.GetValue(head)!,
                        arguments.GetValue(count),
                        display,
                        cancellationToken
                    )
                    .GetAwaiter()
                    .GetResult();
                Show(display.Console, received);
                if (arguments.GetValue(picture) is not { } file)
                    return;
                var sheet = new ContactSheet();
                sheet.AddRow($"{arguments.GetValue(channel)}, head {arguments.GetValue(head)}", received.First);
                Directory.CreateDirectory(file.DirectoryName!);
                File.WriteAllBytes(file.FullName, sheet.ToPng());
                display.Line(file.FullName);
            }
        );
    }

    private static async Task<Received> ReceiveAsync(
        CodecClient client,
        string channel,
        string head,
        int count,
        StageDisplay display,
        CancellationToken cancellationToken
    )
    {
        using CodecClient _ = client;
        try
        {
            // The producer may not have created the channel yet.
            await client.CreateChannelAsync(channel, cancellationToken: cancellationToken).ConfigureAwait(false);
        }
        catch (AccessDeniedException denied) when (denied.Status == StatusCode.PermissionDenied)
        {
            // Who may only subscribe waits for a channel that its producer creates.
        }

        display.Line($"Waiting for {count} images of {channel}.");
        var received = new Received();
        var options = new SubscribeOptions { From = SubscribeFrom.Start, Head = head };
        await foreach (ReceivedFrame frame in client.SubscribeCodesAsync(channel, options, cancellationToken).ConfigureAwait(false))
        {
            received.FrameBytes += frame.Frame.Length;
            foreach (ReadOnlyMemory<byte> code in frame.Codes)
            {
                Raster image = frame.Model.Decode(code.Span, frame.Quality, head);
                received.Images++;
                received.RawBytes += image.Samples.Length;
                received.PngBytes += ImageFile.EncodePng(image).Length;
                if (received.First.Count < Shown)
                    received.First.Add(image);
            }

            if (received.Images >= count)
                break;
        }

        return received;
    }

    private static void Show(IAnsiConsole console, Received received)
    {
        Table table = new Table().Border(TableBorder.Simple).AddColumn("");
        foreach (string column in new[] { "bytes an image", "times smaller than raw" })
            table.AddColumn(column, c => c.RightAligned());
        void Row(string what, long bytes) =>
            table.AddRow(what, Text($"{(double)bytes / received.Images:0.0}"), Text($"{(double)received.RawBytes / bytes:0.0}"));

        Row("raw pixels", received.RawBytes);
        Row("the same as PNG", received.PngBytes);
        Row("codes, in their frames", received.FrameBytes);
        console.WriteLine($"{received.Images} images were received and decoded.");
        console.Write(table);
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    /// <summary>Sums over the received images.</summary>
    private sealed class Received
    {
        public int Images { get; set; }

        public List<Raster> First { get; } = [];

        public long FrameBytes { get; set; }

        public long RawBytes { get; set; }

        public long PngBytes { get; set; }
    }
}
