using System.CommandLine;
using Codec.Client;
using Codec.CommandLine;
using Codec.Tool.Output;
using Codec.Tool.Service;

namespace Codec.Tool.Models;

/// <summary><c>codec models</c>: models, their versions and aliases.</summary>
internal static class ModelsCommand
{
    public static Command Create() =>
        new("models", "List, move and publish models, their versions and aliases.")
        {
            CreateList(),
            CreateShow(),
            PullCommand.Create(),
            PublishModelCommand.Create(),
            AliasCommands.CreateAlias(),
            AliasCommands.CreateHistory(),
            AliasCommands.CreateRollback(),
            DeleteModelCommand.Create(),
        };

    private static Command CreateList() =>
        new Command("list", "List the models with their aliases.").DoesOnServer(
            async (_, results, client, cancellationToken) =>
            {
                IReadOnlyList<ModelInfo> models = await client.ListModelsAsync(cancellationToken).ConfigureAwait(false);
                results.Rows(
                    [.. models.Select(ModelRow.Of)],
                    RowTypes.Default.ModelRow,
                    new Column<ModelRow>("model", row => row.Model),
                    new Column<ModelRow>("versions", row => Texts.Number(row.Versions), IsNumber: true),
                    new Column<ModelRow>(
                        "aliases",
                        row => string.Join(", ", row.Aliases.Select(alias => $"{alias.Alias} → {alias.Targets}"))
                    )
                );
                return ExitCodes.Success;
            }
        );

    private static Command CreateShow()
    {
        var model = new Argument<string>("MODEL") { Description = "The model's name." };
        return new Command("show", "List the versions of a model, newest first.") { model }.DoesOnServer(
            async (arguments, results, client, cancellationToken) =>
            {
                string name = arguments.GetValue(model)!;
                IReadOnlyList<VersionInfo> versions = await client.ListVersionsAsync(name, cancellationToken).ConfigureAwait(false);
                IReadOnlyList<AliasInfo> aliases = await client.ListAliasesAsync(name, cancellationToken).ConfigureAwait(false);
                results.Rows(
                    [.. versions.Select(version => VersionRow.Of(version, aliases))],
                    RowTypes.Default.VersionRow,
                    new Column<VersionRow>("version", row => row.Version),
                    new Column<VersionRow>("aliases", row => string.Join(", ", row.Aliases)),
                    new Column<VersionRow>("bytes", row => Texts.Number(row.Bytes), IsNumber: true),
                    new Column<VersionRow>("published", row => Texts.Time(row.PublishedAt)),
                    new Column<VersionRow>("by", row => row.Publisher)
                );
                return ExitCodes.Success;
            }
        );
    }
}
