using System.CommandLine;
using Codec.Tool.CommandLine;

namespace Codec.Tool.Serving;

/// <summary><c>codec keys</c>: a server's API keys, in its data directory or in a file. The server's program does the work.</summary>
internal static class KeysCommand
{
    public static Command Create() =>
        new("keys", "Create, list and revoke API keys, on the server's host or in a file; a running server sees a change within a second.")
        {
            CreateKey(),
            List(),
            Revoke(),
        };

    private static Command CreateKey()
    {
        var name = new Argument<string>("NAME") { Description = "The name that the key proves; several keys may have it." };
        var roles = new Option<string[]>("--role")
        {
            HelpName = "ROLE",
            Description =
                "A role, repeated for several: admin, publish-models, move-aliases, publish:CHANNELS, subscribe:CHANNELS, encode; CHANNELS is a pattern such as cameras.*.",
            Required = true,
        };
        var certificate = new Option<string?>("--certificate")
        {
            HelpName = "NAME",
            Description = "Create no key, but accept client certificates with this DNS name, URI or common name.",
        };
        var command = new Command("create", "Create a key and write it to the output, once; or accept a certificate.")
        {
            name,
            roles,
            certificate,
        };
        return Runs(
            command,
            arguments =>
                [
                    "create",
                    arguments.GetValue(name)!,
                    .. arguments.GetValue(roles)!.SelectMany(role => (string[])["--role", role]),
                    .. arguments.GetValue(certificate) is { } subject ? ["--certificate", subject] : Array.Empty<string>(),
                ]
        );
    }

    private static Command List() =>
        Runs(new Command("list", "List the keys, revoked ones included; what is stored reveals none."), _ => ["list"]);

    private static Command Revoke()
    {
        var id = new Argument<string>("ID") { Description = "The id of the key: the digits after codec_." };
        return Runs(
            new Command("revoke", "Revoke a key; its streams end within half a minute.") { id },
            arguments => ["revoke", arguments.GetValue(id)!]
        );
    }

    private static Command Runs(Command command, Func<ParseResult, IEnumerable<string>> arguments)
    {
        Option<string?> data = ServingOptions.DataDirectory("The server's data directory, on this host.");
        var file = new Option<string?>("--file") { HelpName = "PATH", Description = "A file of keys of its own, to make a Secret of." };
        command.Add(data);
        command.Add(file);
        command.Validators.Add(result =>
        {
            if (new[] { data, file }.Count(place => result.GetResult(place) is not null) != 1)
                result.AddError("Name either the server's --data-directory or a --file of keys.");
        });
        return command.Does(
            (parsed, results, cancellationToken) =>
            {
                string[] place = parsed.GetValue(data) is { } folder ? ["--data-directory", folder] : ["--file", parsed.GetValue(file)!];
                return ServerProgram.RunAsync(
                    ["keys", .. arguments(parsed), .. place, .. results.IsJson ? ["--json"] : Array.Empty<string>()],
                    cancellationToken
                );
            }
        );
    }
}
