using System.CommandLine;
using Codec.Client;
using Codec.CommandLine;
using Codec.Tool.Output;
using Codec.Tool.Service;

namespace Codec.Tool.Channels;

/// <summary><c>codec consumers</c>: named readers of a channel and their positions.</summary>
internal static class ConsumersCommand
{
    public static Command Create() =>
        new("consumers", "List, move and delete the named consumers of a channel.") { CreateList(), CreateSeek(), CreateDelete() };

    private static Command CreateList()
    {
        Argument<string> channel = ServerCommands.Channel();
        return new Command("list", "List the consumers of a channel with their positions.") { channel }.DoesOnServer(
            async (arguments, results, client, cancellationToken) =>
            {
                string name = arguments.GetValue(channel)!;
                IReadOnlyList<ConsumerInfo> consumers = await client.ListConsumersAsync(name, cancellationToken).ConfigureAwait(false);
                results.Rows(
                    [.. consumers.Select(consumer => ConsumerRow.Of(name, consumer))],
                    RowTypes.Default.ConsumerRow,
                    new Column<ConsumerRow>("consumer", row => row.Consumer),
                    new Column<ConsumerRow>("next", row => Texts.Number(row.NextSequence), IsNumber: true),
                    new Column<ConsumerRow>("lag", row => Texts.Number(row.Lag), IsNumber: true),
                    new Column<ConsumerRow>("committed", row => Texts.Time(row.CommittedAt))
                );
                return ExitCodes.Success;
            }
        );
    }

    private static Command CreateSeek()
    {
        Argument<string> channel = ServerCommands.Channel();
        Argument<string> consumer = Consumer();
        var sequence = new Argument<long>("SEQUENCE") { Description = "The sequence of the code to receive next." };
        return new Command("seek", "Move a consumer, forward or back; created if it does not exist.")
        {
            channel,
            consumer,
            sequence,
        }.DoesOnServer(
            async (arguments, results, client, cancellationToken) =>
            {
                string name = arguments.GetValue(channel)!;
                ConsumerInfo moved = await client
                    .SeekConsumerAsync(name, arguments.GetValue(consumer)!, arguments.GetValue(sequence), cancellationToken)
                    .ConfigureAwait(false);
                results.Row(
                    ConsumerRow.Of(name, moved),
                    RowTypes.Default.ConsumerRow,
                    $"{moved.Name} of {name} continues at {moved.NextSequence}."
                );
                return ExitCodes.Success;
            }
        );
    }

    private static Command CreateDelete()
    {
        Argument<string> channel = ServerCommands.Channel();
        Argument<string> consumer = Consumer();
        return new Command("delete", "Delete a consumer and its position.") { channel, consumer }.DoesOnServer(
            async (arguments, results, client, cancellationToken) =>
            {
                var deleted = new DeletedConsumer(arguments.GetValue(channel)!, arguments.GetValue(consumer)!);
                await client.DeleteConsumerAsync(deleted.Channel, deleted.Consumer, cancellationToken).ConfigureAwait(false);
                results.Row(deleted, RowTypes.Default.DeletedConsumer, $"{deleted.Consumer} of {deleted.Channel} is deleted.");
                return ExitCodes.Success;
            }
        );
    }

    private static Argument<string> Consumer() => new("CONSUMER") { Description = "The consumer's name." };
}
