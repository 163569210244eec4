namespace Codec.Server.Identity;

/// <summary>What a caller may do. docs/security.md lists the calls of each role.</summary>
internal enum Role
{
    /// <summary>Everything.</summary>
    Admin,

    /// <summary>Uploads blobs and publishes versions.</summary>
    PublishModels,

    /// <summary>Moves and deletes aliases.</summary>
    MoveAliases,

    /// <summary>Publishes into the channels that a pattern names, and creates them.</summary>
    Publish,

    /// <summary>Subscribes to the channels that a pattern names, and moves their consumers.</summary>
    Subscribe,

    /// <summary>Lets the server encode and decode.</summary>
    Encode,
}

/// <summary>The names of roles.</summary>
internal static class RoleNames
{
    private static readonly (string Name, Role Role)[] All =
    [
        ("admin", Role.Admin),
        ("publish-models", Role.PublishModels),
        ("move-aliases", Role.MoveAliases),
        ("publish", Role.Publish),
        ("subscribe", Role.Subscribe),
        ("encode", Role.Encode),
    ];

    /// <summary>How roles are written, for messages.</summary>
    public const string Forms = "admin, publish-models, move-aliases, publish:CHANNELS, subscribe:CHANNELS, encode";

    /// <summary>Returns a role's name, without channels.</summary>
    public static string NameOf(this Role role) => All.Single(entry => entry.Role == role).Name;

    /// <summary>Whether a role is for the channels that a pattern names.</summary>
    public static bool IsForChannels(this Role role) => role is Role.Publish or Role.Subscribe;

    /// <summary>Finds a role by its name, without channels.</summary>
    public static Role? Find(string name) =>
        All.FirstOrDefault(entry => entry.Name == name) is { Name: not null } found ? found.Role : null;
}
