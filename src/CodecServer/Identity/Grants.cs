namespace Codec.Server.Identity;

/// <summary>What an identity may do: the sum of its grants.</summary>
internal sealed class Grants(IEnumerable<Grant> grants)
{
    private readonly Grant[] _grants = [.. grants];

    /// <summary>Everything.</summary>
    public static Grants All { get; } = new([new Grant(Role.Admin)]);

    /// <summary>Reads grants; texts that are none have no effect.</summary>
    public static Grants Of(IEnumerable<string> texts) => new(texts.Select(Grant.TryParse).OfType<Grant>());

    private bool IsAdmin => _grants.Any(grant => grant.Role == Role.Admin);

    /// <summary>Whether any of some roles is granted, for some channel if it is for channels.</summary>
    public bool AllowAny(IEnumerable<Role> roles) => IsAdmin || roles.Any(role => _grants.Any(grant => grant.Role == role));

    /// <summary>Whether any of some roles is granted for a channel.</summary>
    public bool AllowAny(IEnumerable<Role> roles, string channel) =>
        IsAdmin || roles.Any(role => _grants.Any(grant => grant.Role == role && grant.IsFor(channel)));

    /// <inheritdoc/>
    public override string ToString() => string.Join(' ', (object[])_grants);
}
