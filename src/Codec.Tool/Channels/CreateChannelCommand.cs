using System.CommandLine;
using Codec.Client;
using Codec.CommandLine;
using Codec.Tool.Output;
using Codec.Tool.Service;

namespace Codec.Tool.Channels;

/// <summary><c>codec channels create</c>.</summary>
internal static class CreateChannelCommand
{
    public static Command Create()
    {
        Argument<string> channel = ServerCommands.Channel();
        var codes = new Option<long?>("--keep-codes")
        {
            HelpName = "COUNT",
            Description = "Keep this many of the newest codes. Default: all.",
        };
        var bytes = new Option<long?>("--keep-bytes")
        {
            HelpName = "BYTES",
            Description = "Keep this many bytes of the newest codes. Default: all.",
        };
        Option<TimeSpan?> age = TimeOption.Optional("--keep-age", "Keep codes for this long", "Default: for ever.");
        var latest = new Option<bool>("--latest-of-each-key") { Description = "A code replaces the previous code of its key." };
        return new Command("create", "Create a channel. One that exists with the same retention is left as it is.")
        {
            channel,
            codes,
            bytes,
            age,
            latest,
        }.DoesOnServer(
            async (arguments, results, client, cancellationToken) =>
            {
                var retention = new ChannelRetention
                {
                    Codes = Positive(arguments, codes),
                    Bytes = Positive(arguments, bytes),
                    Age = Positive(arguments, age),
                    LatestOfEachKey = arguments.GetValue(latest),
                };
                var row = ChannelRow.Of(
                    await client.CreateChannelAsync(arguments.GetValue(channel)!, retention, cancellationToken).ConfigureAwait(false)
                );
                results.Row(row, RowTypes.Default.ChannelRow, $"{row.Channel} keeps {row.Keeps}.");
                return ExitCodes.Success;
            }
        );
    }

    private static T? Positive<T>(ParseResult arguments, Option<T?> option)
        where T : struct, IComparable<T> =>
        arguments.GetValue(option) is { } value && value.CompareTo(default) <= 0
            ? throw new ArgumentException($"{option.Name} {value} is out of range; keep more than none.")
            : arguments.GetValue(option);
}
