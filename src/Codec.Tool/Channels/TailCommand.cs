using System.CommandLine;
using Codec.Client;
using Codec.CommandLine;
using Codec.Tool.Output;
using Codec.Tool.Service;

namespace Codec.Tool.Channels;

/// <summary><c>codec channels tail</c>: a line for each code as it arrives.</summary>
internal static class TailCommand
{
    public static Command Create()
    {
        Argument<string> channel = ServerCommands.Channel();
        var choice = new SubscriptionChoice();
        var command = new Command("tail", "Write a line for each code of a channel as it arrives, until Ctrl-C.") { channel };
        foreach (Option option in choice.All)
            command.Add(option);
        return command.DoesOnServer(
            async (arguments, results, client, cancellationToken) =>
            {
                long left = choice.Count(arguments);
                SubscribeOptions options = choice.Read(arguments) with { StoredTimes = true };
                await foreach (
                    ReceivedCode code in CodeStream
                        .ReadAsync(client, arguments.GetValue(channel)!, options, cancellationToken)
                        .ConfigureAwait(false)
                )
                {
                    CodeRow row = code.Describe();
                    results.Row(
                        row,
                        RowTypes.Default.CodeRow,
                        $"{row.Sequence}  {(row.StoredAt is { } time ? Texts.Time(time) : "")}  {row.Width}×{row.Height}  {Texts.Number(row.Bytes)} bytes  {row.Model} quality {row.Quality}  {row.Key}".TrimEnd()
                    );
                    if (--left == 0)
                        break;
                }

                return ExitCodes.Success;
            }
        );
    }
}
