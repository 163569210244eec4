using System.IO.Enumeration;
using System.Text.RegularExpressions;

namespace Codec.Server.Identity;

/// <summary>A role that an identity has, with the channels that it is for: <c>publish:cameras.*</c>.</summary>
/// <param name="Role">The role.</param>
/// <param name="Channels">A pattern of channels' names, in which <c>*</c> stands for any characters; empty for other roles.</param>
internal sealed partial record Grant(Role Role, string Channels = "")
{
    /// <summary>Parses a grant; returns null if the text is not one.</summary>
    public static Grant? TryParse(string text)
    {
        string[] parts = text.Split(':', 2);
        if (RoleNames.Find(parts[0]) is not { } role)
            return null;

        return (role.IsForChannels(), parts) switch
        {
            (true, [_, var channels]) when Pattern().IsMatch(channels) => new Grant(role, channels),
            (false, [_]) => new Grant(role),
            _ => null,
        };
    }

    /// <summary>Whether it is for a channel.</summary>
    public bool IsFor(string channel) => FileSystemName.MatchesSimpleExpression(Channels, channel, ignoreCase: false);

    /// <inheritdoc/>
    public override string ToString() => Role.IsForChannels() ? $"{Role.NameOf()}:{Channels}" : Role.NameOf();

    /// <summary>As a channel's name, with <c>*</c>.</summary>
    [GeneratedRegex(@"^[a-z0-9*][a-z0-9.*-]{0,63}\z")]
    private static partial Regex Pattern();
}
