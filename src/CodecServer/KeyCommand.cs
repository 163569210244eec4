using System.CommandLine;

namespace Codec.Server;

/// <summary>A command on the credentials that are stored.</summary>
/// <param name="File">A file to use instead of the data directory's, such as one to make a Secret of; null for the latter.</param>
/// <param name="Json">Whether to write results as JSON, one object a line.</param>
internal abstract record KeyCommand(string? File, bool Json);

/// <summary>Creates a credential.</summary>
/// <param name="Name">The name of its identity.</param>
/// <param name="Roles">Its roles.</param>
/// <param name="Certificate">The name in a client certificate; null creates an API key.</param>
/// <param name="File">As in <see cref="KeyCommand"/>.</param>
/// <param name="Json">As in <see cref="KeyCommand"/>.</param>
internal sealed record CreateKey(string Name, IReadOnlyList<string> Roles, string? Certificate, string? File, bool Json)
    : KeyCommand(File, Json);

/// <summary>Lists the credentials.</summary>
/// <param name="File">As in <see cref="KeyCommand"/>.</param>
/// <param name="Json">As in <see cref="KeyCommand"/>.</param>
internal sealed record ListKeys(string? File, bool Json) : KeyCommand(File, Json);

/// <summary>Revokes a credential.</summary>
/// <param name="Id">Its id.</param>
/// <param name="File">As in <see cref="KeyCommand"/>.</param>
/// <param name="Json">As in <see cref="KeyCommand"/>.</param>
internal sealed record RevokeKey(string Id, string? File, bool Json) : KeyCommand(File, Json);

/// <summary>The command `keys` of the command line: create, list and revoke.</summary>
internal sealed class KeyCommandSyntax
{
    private readonly Argument<string> _name = new("name")
    {
        Description = "Name of the identity that the key proves; several keys may have it",
    };
    private readonly Option<string[]> _roles = new("--role")
    {
        HelpName = "role",
        Description = $"A role, repeated for several: {Identity.RoleNames.Forms}; CHANNELS is a pattern such as cameras.*",
        Required = true,
    };
    private readonly Option<string?> _certificate = new("--certificate")
    {
        HelpName = "name",
        Description = "Creates no key, but accepts client certificates with this DNS name, URI or common name",
    };
    private readonly Argument<string> _id = new("id") { Description = "Id of the key: the digits after codec_" };
    private readonly Option<string?> _file = new("--file")
    {
        HelpName = "path",
        Description = "Uses a file of its own, to make a Secret of, instead of the data directory's",
    };

    private readonly Option<bool> _json = new("--json") { Description = "Writes one JSON object a line" };

    /// <summary>Creates the syntax.</summary>
    public KeyCommandSyntax()
    {
        Create = new Command("create", "Creates a key and writes it to the output, once; or accepts a certificate")
        {
            _name,
            _roles,
            _certificate,
            _file,
            _json,
        };
        List = new Command("list", "Lists the keys, revoked ones included; what is stored reveals none") { _file, _json };
        Revoke = new Command("revoke", "Revokes a key; its streams end within half a minute") { _id, _file, _json };
        Root = new Command("keys", "Creates, lists and revokes API keys; a running server sees a change within a second")
        {
            Create,
            List,
            Revoke,
        };
    }

    /// <summary>The whole.</summary>
    public Command Root { get; }

    private Command Create { get; }

    private Command List { get; }

    private Command Revoke { get; }

    /// <summary>Its parts, which have the options of the store.</summary>
    public IEnumerable<Command> Parts => [Create, List, Revoke];

    /// <summary>Returns the command that was parsed; null if it is another one.</summary>
    public KeyCommand? Read(ParseResult parsed, Command? invoked)
    {
        string? file = invoked is null ? null : parsed.GetValue(_file);
        bool json = invoked is not null && parsed.GetValue(_json);
        return invoked switch
        {
            _ when invoked == Create => new CreateKey(
                parsed.GetRequiredValue(_name),
                parsed.GetRequiredValue(_roles),
                parsed.GetValue(_certificate),
                file,
                json
            ),
            _ when invoked == List => new ListKeys(file, json),
            _ when invoked == Revoke => new RevokeKey(parsed.GetRequiredValue(_id), file, json),
            _ => null,
        };
    }
}
