using System.CommandLine;
using Codec.Client;
using Codec.CommandLine;
using Codec.Models;
using Codec.Trainer.Display;

namespace Codec.Trainer.CommandLine;

/// <summary><c>trainer publish</c>: uploads a model to the service, and moves an alias to it.</summary>
internal static class PublishCommand
{
    public static Command Create(StageDisplay display)
    {
        var model = new Argument<FileInfo>("model") { Description = "A model file (faces-32.codec)." };
        var service = new ServiceOptions();
        var alias = new Option<string>("--alias")
        {
            Description = "The alias to move to the new version; empty for none.",
            DefaultValueFactory = _ => "live",
        };
        var command = new Command("publish", "Upload a model to the service, and move an alias to it.") { model, alias };
        foreach (Option option in service.All)
            command.Add(option);
        return command.Does(
            display,
            (arguments, _, cancellationToken) =>
                PublishAsync(
                        arguments.GetValue(model)!,
                        service.Connect(arguments, display.Line),
                        arguments.GetValue(alias)!,
                        display,
                        cancellationToken
                    )
                    .GetAwaiter()
                    .GetResult()
        );
    }

    private static async Task PublishAsync(
        FileInfo file,
        CodecClient client,
        string alias,
        StageDisplay display,
        CancellationToken cancellationToken
    )
    {
        ModelPackage package = ModelPackage.Load(file.FullName);
        using CodecClient _ = client;
        VersionInfo version = await client.UploadModelAsync(package, cancellationToken: cancellationToken).ConfigureAwait(false);
        display.Line($"{package.Manifest.Name}: version {version.Digest} is published.");
        if (alias.Length == 0)
            return;
        AliasInfo moved = await client
            .SetAliasAsync(package.Manifest.Name, alias, package.Version, cancellationToken: cancellationToken)
            .ConfigureAwait(false);
        display.Line($"{package.Manifest.Name}@{alias} points to it (revision {moved.Revision}).");
    }
}
