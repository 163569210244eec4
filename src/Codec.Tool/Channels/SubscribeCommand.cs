using System.CommandLine;
using Codec.Client;
using Codec.CommandLine;
using Codec.Tool.Offline;
using Codec.Tool.Service;

namespace Codec.Tool.Channels;

/// <summary><c>codec subscribe</c>: writes the images of a channel as PNG files.</summary>
internal static class SubscribeCommand
{
    // How much is received again after a crash: at most the images of this time.
    private static readonly TimeSpan CommitInterval = TimeSpan.FromSeconds(1);

    public static Command Create()
    {
        Argument<string> channel = ServerCommands.Channel();
        Option<string> output = CommonOptions.Output();
        Option<string> head = CommonOptions.Head();
        var consumer = new Option<string?>("--consumer")
        {
            HelpName = "NAME",
            Description = "Remember the position on the server under this name, and continue there the next time (--from: the first time).",
        };
        Option<bool> create = ChannelCreation.Option();
        var choice = new SubscriptionChoice();
        var command = new Command(
            "subscribe",
            """
            Write the images of a channel as PNG files, until Ctrl-C.

            A file is named by sequence and key: 0000000012-camera-1.png. An image that is received again replaces its file.
            """
        )
        {
            channel,
            output,
            consumer,
            head,
            create,
        };
        foreach (Option option in choice.All)
            command.Add(option);
        return command.DoesOnServer(
            async (arguments, results, client, cancellationToken) =>
            {
                string? name = arguments.GetValue(consumer);
                SubscribeOptions options = choice.Read(arguments) with
                {
                    Head = arguments.GetValue(head)!,
                    Consumer = name,
                    AutoCommitInterval = name is null ? null : CommitInterval,
                };
                long count = choice.Count(arguments);
                if (arguments.GetValue(create))
                    await ChannelCreation.EnsureAsync(client, arguments.GetValue(channel)!, cancellationToken).ConfigureAwait(false);
                var session = new SubscribeSession(
                    client,
                    arguments.GetValue(channel)!,
                    new OutputFolder(arguments.GetValue(output)!, overwrite: true)
                );
                try
                {
                    await session.RunAsync(options, count, results, cancellationToken).ConfigureAwait(false);
                }
                finally
                {
                    session.Savings.Write(results);
                }

                return ExitCodes.Success;
            }
        );
    }
}
