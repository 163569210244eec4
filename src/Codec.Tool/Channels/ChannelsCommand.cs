using System.CommandLine;
using Codec.Client;
using Codec.CommandLine;
using Codec.Tool.Output;
using Codec.Tool.Service;
using Grpc.Core;

namespace Codec.Tool.Channels;

/// <summary><c>codec channels</c>: channels and what they hold.</summary>
internal static class ChannelsCommand
{
    public static Command Create() =>
        new("channels", "List, create, delete and follow channels.")
        {
            CreateList(),
            CreateShow(),
            CreateChannelCommand.Create(),
            CreateDelete(),
            TailCommand.Create(),
        };

    private static Command CreateList() =>
        new Command("list", "List the channels.").DoesOnServer(
            async (_, results, client, cancellationToken) =>
            {
                WriteTable(results, [.. (await client.ListChannelsAsync(cancellationToken).ConfigureAwait(false)).Select(ChannelRow.Of)]);
                return ExitCodes.Success;
            }
        );

    private static Command CreateShow()
    {
        Argument<string> channel = ServerCommands.Channel();
        return new Command("show", "Show a channel: what it holds and keeps.") { channel }.DoesOnServer(
            async (arguments, results, client, cancellationToken) =>
            {
                ChannelInfo info = await client.GetChannelAsync(arguments.GetValue(channel)!, cancellationToken).ConfigureAwait(false);
                WriteTable(results, [ChannelRow.Of(info)]);
                return ExitCodes.Success;
            }
        );
    }

    private static Command CreateDelete()
    {
        Argument<string> channel = ServerCommands.Channel();
        var force = new Option<bool>("--force") { Description = "Delete the channel although it holds codes." };
        return new Command("delete", "Delete a channel, its log and its consumers.") { channel, force }.DoesOnServer(
            async (arguments, results, client, cancellationToken) =>
            {
                ChannelInfo info = await client.GetChannelAsync(arguments.GetValue(channel)!, cancellationToken).ConfigureAwait(false);
                if (info.Codes > 0 && !arguments.GetValue(force))
                {
                    throw new InvalidRequestException(
                        StatusCode.FailedPrecondition,
                        $"{info.Name} holds {Texts.Number(info.Codes)} codes; --force deletes them with it."
                    );
                }

                await client.DeleteChannelAsync(info.Name, cancellationToken).ConfigureAwait(false);
                results.Row(ChannelRow.Of(info), RowTypes.Default.ChannelRow, $"{info.Name} is deleted.");
                return ExitCodes.Success;
            }
        );
    }

    private static void WriteTable(Results results, ChannelRow[] rows) =>
        results.Rows(
            rows,
            RowTypes.Default.ChannelRow,
            new Column<ChannelRow>("channel", row => row.Channel),
            new Column<ChannelRow>("codes", row => Texts.Number(row.Codes), IsNumber: true),
            new Column<ChannelRow>("bytes", row => Texts.Number(row.Bytes), IsNumber: true),
            new Column<ChannelRow>("first", row => Texts.Number(row.FirstSequence), IsNumber: true),
            new Column<ChannelRow>("next", row => Texts.Number(row.NextSequence), IsNumber: true),
            new Column<ChannelRow>("keeps", row => row.Keeps),
            new Column<ChannelRow>("created", row => Texts.Time(row.CreatedAt))
        );
}
