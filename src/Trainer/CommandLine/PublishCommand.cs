using System.CommandLine;
using Codec.Client;
using Codec.CommandLine;
using Codec.Models;
using Codec.Trainer.Display;
using Codec.Trainer.Evaluation;

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
        var force = new Option<bool>("--force")
        {
            Description =
                "Publish a model that has another geometry, fewer qualities, or more bytes at the same PSNR than the alias's version.",
        };
        var command = new Command(
            "publish",
            "Upload a model to the service, and move an alias to it, unless it is worse than the version it replaces."
        )
        {
            model,
            alias,
            force,
        };
        foreach (Option option in service.All)
            command.Add(option);
        return command.Does(
            display,
            (arguments, _, cancellationToken) =>
                PublishAsync(
                        arguments.GetValue(model)!,
                        service.Connect(arguments, display.Line),
                        arguments.GetValue(alias)!,
                        arguments.GetValue(force),
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
        bool force,
        StageDisplay display,
        CancellationToken cancellationToken
    )
    {
        using CodecClient _ = client;
        ModelPackage package = ModelPackage.Load(file.FullName);
        if (alias.Length > 0)
            alias = AliasName.Parse($"{package.Manifest.Name}@{alias}").Alias;
        await CheckAsync(package.Manifest, client, alias, force, display, cancellationToken).ConfigureAwait(false);
        VersionInfo version = await client.UploadModelAsync(package, cancellationToken: cancellationToken).ConfigureAwait(false);
        display.Line($"{package.Manifest.Name}: version {version.Digest} is published.");
        if (alias.Length == 0)
            return;
        AliasInfo moved = await client
            .SetAliasAsync(package.Manifest.Name, alias, package.Version, cancellationToken: cancellationToken)
            .ConfigureAwait(false);
        display.Line($"{package.Manifest.Name}@{alias} points to it (revision {moved.Revision}).");
    }

    /// <summary>Refuses a model that may not replace the alias's version.</summary>
    private static async Task CheckAsync(
        ModelManifest candidate,
        CodecClient client,
        string alias,
        bool force,
        StageDisplay display,
        CancellationToken cancellationToken
    )
    {
        var gate = new PublishingGate(candidate, await LiveAsync(candidate.Name, client, alias, cancellationToken).ConfigureAwait(false));
        if (gate.Unknown is { } unknown)
            display.Line(unknown);
        IReadOnlyList<string> reasons = gate.Reasons();
        if (reasons.Count == 0)
            return;
        string all = string.Join("; ", reasons);
        if (!force)
            throw new ArgumentException($"{candidate.Name} was not published: {all}. --force publishes it all the same.");
        display.Line($"Published by force, although {all}.");
    }

    private static async Task<ModelManifest?> LiveAsync(string name, CodecClient client, string alias, CancellationToken cancellationToken)
    {
        if (alias.Length == 0)
            return null;
        try
        {
            return (await client.DownloadModelAsync($"{name}@{alias}", cancellationToken).ConfigureAwait(false)).Manifest;
        }
        catch (NotFoundException)
        {
            return null;
        }
    }
}
