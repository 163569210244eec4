using System.CommandLine;
using Codec.Client;
using Codec.CommandLine;
using Codec.Models;
using Codec.Tool.Output;
using Codec.Tool.Service;

namespace Codec.Tool.Models;

/// <summary><c>codec models alias</c>, <c>history</c> and <c>rollback</c>.</summary>
internal static class AliasCommands
{
    public static Command CreateAlias()
    {
        Argument<string> target = Alias();
        var versions = new Argument<string[]>("VERSION")
        {
            Description = "A digest, its first digits, or another alias. Several with weights split the traffic: VERSION=95 VERSION=5.",
            Arity = ArgumentArity.OneOrMore,
        };
        Option<long?> revision = Revision();
        return new Command("alias", "Move an alias to a version, or split its traffic between versions.")
        {
            target,
            versions,
            revision,
        }.DoesOnServer(
            async (arguments, results, client, cancellationToken) =>
            {
                (string model, string alias) = AliasName.Parse(arguments.GetValue(target)!);
                var targets = new List<AliasTarget>();
                foreach (string text in arguments.GetValue(versions)!)
                    targets.Add(await ParseTargetAsync(client, model, text, cancellationToken).ConfigureAwait(false));
                AliasInfo moved = await (
                    targets.Count == 1
                        ? client.SetAliasAsync(model, alias, targets[0].Version, arguments.GetValue(revision), cancellationToken)
                        : client.SplitAliasAsync(model, alias, targets, arguments.GetValue(revision), cancellationToken)
                ).ConfigureAwait(false);
                WriteMoved(results, moved);
                return ExitCodes.Success;
            }
        );
    }

    public static Command CreateHistory()
    {
        Argument<string> target = Alias();
        return new Command("history", "List the moves of an alias, newest first.") { target }.DoesOnServer(
            async (arguments, results, client, cancellationToken) =>
            {
                (string model, string alias) = AliasName.Parse(arguments.GetValue(target)!);
                IReadOnlyList<AliasInfo> moves = await client.ListAliasHistoryAsync(model, alias, cancellationToken).ConfigureAwait(false);
                if (moves.Count == 0)
                    throw new NotFoundException($"There is no alias {model}@{alias}; codec models show {model} lists those there are.");
                results.Rows(
                    [.. moves.Select(AliasRow.Of)],
                    RowTypes.Default.AliasRow,
                    new Column<AliasRow>("revision", row => Texts.Number(row.Revision), IsNumber: true),
                    new Column<AliasRow>("version", row => row.Targets),
                    new Column<AliasRow>("moved", row => Texts.Time(row.MovedAt)),
                    new Column<AliasRow>("by", row => row.MovedBy),
                    new Column<AliasRow>("", row => row.RestoredRevision is { } restored ? $"rollback to revision {restored}" : "")
                );
                return ExitCodes.Success;
            }
        );
    }

    public static Command CreateRollback()
    {
        Argument<string> target = Alias();
        Option<long?> revision = Revision();
        return new Command(
            "rollback",
            "Move an alias back to where it pointed before. A second rollback goes further back, never to what an earlier one left."
        )
        {
            target,
            revision,
        }.DoesOnServer(
            async (arguments, results, client, cancellationToken) =>
            {
                (string model, string alias) = AliasName.Parse(arguments.GetValue(target)!);
                WriteMoved(
                    results,
                    await client.RollbackAliasAsync(model, alias, arguments.GetValue(revision), cancellationToken).ConfigureAwait(false)
                );
                return ExitCodes.Success;
            }
        );
    }

    private static Argument<string> Alias() => new("MODEL@ALIAS") { Description = "The alias; a bare model name means its alias live." };

    private static Option<long?> Revision() =>
        new("--expected-revision")
        {
            HelpName = "REVISION",
            Description = "Fail if the alias has another revision, because somebody else moved it. Default: the current one.",
        };

    private static async Task<AliasTarget> ParseTargetAsync(
        CodecClient client,
        string model,
        string text,
        CancellationToken cancellationToken
    )
    {
        string[] parts = text.Split('=');
        int weight = 1;
        if (parts.Length > 2 || (parts.Length == 2 && (!int.TryParse(parts[1], out weight) || weight is < 1 or > 10_000)))
            throw new ArgumentException($"'{text}' is not VERSION or VERSION=WEIGHT; a weight is 1 to 10000.");
        Digest version = await ModelNames.FindVersionAsync(client, model, parts[0], cancellationToken).ConfigureAwait(false);
        return new AliasTarget(version, weight);
    }

    private static void WriteMoved(Results results, AliasInfo alias)
    {
        var row = AliasRow.Of(alias);
        results.Row(row, RowTypes.Default.AliasRow, $"{row.Model}@{row.Alias} → {row.Targets} (revision {row.Revision})");
    }
}
