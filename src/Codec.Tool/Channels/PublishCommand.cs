using System.CommandLine;
using Codec.Client;
using Codec.CommandLine;
using Codec.Tool.CommandLine;
using Codec.Tool.Offline;
using Codec.Tool.Output;
using Codec.Tool.Service;

namespace Codec.Tool.Channels;

/// <summary><c>codec publish</c>: image files into a channel; the server encodes them.</summary>
internal static class PublishCommand
{
    public static Command Create()
    {
        Argument<string> channel = ServerCommands.Channel();
        Argument<string[]> files = CommonOptions.Files($"{ImageFiles.Formats} files, folders of them, or - for one image from the input.");
        files.Arity = ArgumentArity.ZeroOrMore;
        var model = new Option<string>("--model")
        {
            HelpName = "MODEL",
            Description = "The model of the server: name, name@alias or name@sha256:DIGEST.",
            DefaultValueFactory = _ => "photos",
        };
        Option<int?> quality = CommonOptions.Quality();
        Option<int> effort = CommonOptions.Effort();
        Option<Fit> fit = CommonOptions.Fit();
        var key = new Option<string?>("--key")
        {
            Description = "The key of all images. Default: each file's name without folder and extension.",
        };
        var watch = new Option<DirectoryInfo?>("--watch")
        {
            HelpName = "DIR",
            Description = "Then publish files that appear in this folder or change, until Ctrl-C.",
        };
        var producer = new Option<string?>("--producer")
        {
            HelpName = "NAME",
            Description = "Name this producer. A newer producer of the same name ends it, so that only one publishes.",
        };
        Option<bool> create = ChannelCreation.Option();
        return new Command("publish", "Publish image files into a channel; the server encodes them. A line follows for each durable image.")
        {
            channel,
            files,
            model,
            quality,
            effort,
            fit,
            key,
            watch,
            producer,
            create,
        }.DoesOnServer(
            async (arguments, results, client, cancellationToken) =>
            {
                string[] given = ImageFiles.Expand(arguments.GetValue(files)!);
                // The path as it was typed.
                string? watched = arguments.GetValue(watch)?.ToString();
                if (given.Length == 0 && watched is null)
                    throw new ArgumentException("Name files to publish, - for the input, or a folder with --watch.");
                if (given.Length > 0 && watched is null && given.All(file => file != OutgoingFiles.Input && !File.Exists(file)))
                    throw new FileNotFoundException($"{given[0]}: there is no such file; nothing was published.");
                OutgoingFiles.CheckKey(arguments.GetValue(key));
                // From here on, files that appear are published.
                FolderWatch? folder = watched is null ? null : new FolderWatch(watched);
                string name = arguments.GetValue(channel)!,
                    reference = arguments.GetValue(model)!;
                if (arguments.GetValue(create))
                    await ChannelCreation.EnsureAsync(client, name, cancellationToken).ConfigureAwait(false);
                int chosen = arguments.GetValue(quality) ?? await MiddleAsync(client, reference, cancellationToken).ConfigureAwait(false);
                ChannelPublisher publisher = await client
                    .OpenPublisherAsync(
                        name,
                        reference,
                        chosen,
                        new PublisherOptions { Producer = arguments.GetValue(producer), Effort = arguments.GetValue(effort) },
                        cancellationToken
                    )
                    .ConfigureAwait(false);
                await using (publisher.ConfigureAwait(false))
                {
                    if (folder is not null)
                    {
                        string place = PlainText.Of(watched!);
                        await arguments.InvocationConfiguration.Error.WriteLineAsync($"codec: Watching {place}.").ConfigureAwait(false);
                    }

                    var images = new OutgoingFiles(given, folder, arguments.GetValue(key), arguments.GetValue(fit));
                    return await PublishAsync(publisher, images, results, cancellationToken).ConfigureAwait(false);
                }
            }
        );
    }

    private static async Task<int> PublishAsync(
        ChannelPublisher publisher,
        OutgoingFiles images,
        Results results,
        CancellationToken cancellationToken
    )
    {
        int code = ExitCodes.Success;
        await foreach (
            PublishResult result in publisher.PublishAllAsync(images.ReadAsync(cancellationToken), cancellationToken).ConfigureAwait(false)
        )
        {
            (string file, string? key) = images.TakeName();
            if (result.IsStored)
            {
                long sequence = result.Acknowledgement.Value.FirstSequence;
                results.Row(
                    new PublishedImage(file, key, sequence),
                    RowTypes.Default.PublishedImage,
                    $"{file}: {(key is null ? "" : key + " ")}at {sequence}"
                );
            }
            else
            {
                ToolCommands.ReportFailure(file, result.Error);
                // A full server is worth another try, whichever image meets it first.
                code = Math.Max(code, CommandRunner.CodeOf(result.Error));
            }
        }

        return Math.Max(code, images.Failed ? ExitCodes.Failure : ExitCodes.Success);
    }

    private static async Task<int> MiddleAsync(CodecClient client, string reference, CancellationToken cancellationToken)
    {
        CodecModel model = await client.GetLocalModelAsync(reference, cancellationToken: cancellationToken).ConfigureAwait(false);
        return CommonOptions.MiddleQuality(model.Manifest);
    }
}
