using Codec.Server.Identity;

namespace Codec.Server.Services;

/// <summary>Who may make a call.</summary>
/// <param name="Roles">
/// The roles, any of which is enough; the administrator has all. A role for channels admits to the call for the channels of its pattern.
/// </param>
/// <param name="IsAudited">Whether the audit records each of the calls, and not only those that are denied.</param>
/// <param name="IsPublic">Whether anyone may make the call, without a credential.</param>
internal sealed record CallRule(IReadOnlyList<Role> Roles, bool IsAudited = false, bool IsPublic = false)
{
    /// <summary>Stands for the channel in a role whose channel is not known yet.</summary>
    private const string AnyChannels = "CHANNELS";

    /// <summary>Whether a caller may make the call, for some channel if it concerns one.</summary>
    public bool Admits(Caller caller) => IsPublic || caller.Grants.AllowAny(Roles);

    /// <summary>Whether a caller may make the call for a channel.</summary>
    public bool Admits(Caller caller, string channel) => caller.Grants.AllowAny(Roles, channel);

    /// <summary>The refusal of a call that the rule does not admit; names what is missing.</summary>
    public RequestException Refusal(Caller caller, string channel = "")
    {
        string[] missing = [.. Roles.DefaultIfEmpty(Role.Admin).Select(role => Written(role, channel))];

        // A caller who has the role for no channel is refused before its request, which names the channel, is read.
        string explained =
            channel.Length == 0 && Roles.Any(role => role.IsForChannels())
                ? $", where {AnyChannels} is a channel or a pattern such as cameras.*"
                : "";
        return new RequestException(
            RequestError.PermissionDenied,
            "ROLE_MISSING",
            $"'{caller.Name}' lacks the role {string.Join(" or ", missing)}{explained}; an administrator of the server can grant it."
        )
        {
            Metadata = new Dictionary<string, string> { ["role"] = string.Join(' ', missing) },
        };
    }

    private static string Written(Role role, string channel) =>
        role.IsForChannels() ? $"{role.NameOf()}:{(channel.Length > 0 ? channel : AnyChannels)}" : role.NameOf();
}

/// <summary>The rule of every call that the server answers: the only place that states one. docs/security.md has the same table.</summary>
internal static class CallRules
{
    private static readonly CallRule Public = new([], IsPublic: true);

    private static readonly CallRule Administrator = new([Role.Admin]);

    /// <summary>
    /// Reading models needs any role: producers encode with a model, subscribers decode with it, and publishers compare with it.
    /// </summary>
    private static readonly CallRule AnyRole = new(Enum.GetValues<Role>());

    private static readonly CallRule Models = new([Role.PublishModels]);

    private static readonly CallRule Aliases = new([Role.MoveAliases], IsAudited: true);

    private static readonly CallRule Coding = new([Role.Encode]);

    private static readonly CallRule Publishing = new([Role.Publish]);

    private static readonly CallRule Subscribing = new([Role.Subscribe]);

    private static readonly CallRule Channels = new([Role.Publish, Role.Subscribe]);

    /// <summary>The rules by the full name of the method.</summary>
    public static IReadOnlyDictionary<string, CallRule> All { get; } =
        new Dictionary<string, CallRule>
        {
            ["/codec.v1.ModelService/QueryBlob"] = Models,
            ["/codec.v1.ModelService/UploadBlob"] = Models,
            ["/codec.v1.ModelService/PublishVersion"] = Models with { IsAudited = true },
            ["/codec.v1.ModelService/DeleteVersion"] = Administrator with { IsAudited = true },
            ["/codec.v1.ModelService/SetAlias"] = Aliases,
            ["/codec.v1.ModelService/RollbackAlias"] = Aliases,
            ["/codec.v1.ModelService/DeleteAlias"] = Aliases,
            ["/codec.v1.ModelService/ListModels"] = AnyRole,
            ["/codec.v1.ModelService/ListVersions"] = AnyRole,
            ["/codec.v1.ModelService/GetVersion"] = AnyRole,
            ["/codec.v1.ModelService/DownloadBlob"] = AnyRole,
            ["/codec.v1.ModelService/ListAliases"] = AnyRole,
            ["/codec.v1.ModelService/ListAliasHistory"] = AnyRole,
            ["/codec.v1.ModelService/WatchModels"] = AnyRole,
            ["/codec.v1.CodecService/Encode"] = Coding,
            ["/codec.v1.CodecService/EncodeStream"] = Coding,
            ["/codec.v1.CodecService/Decode"] = Coding,
            ["/codec.v1.CodecService/DecodeStream"] = Coding,
            ["/codec.v1.ChannelService/CreateChannel"] = Publishing with { IsAudited = true },
            ["/codec.v1.ChannelService/ListChannels"] = Channels,
            ["/codec.v1.ChannelService/GetChannel"] = Channels,
            ["/codec.v1.ChannelService/DeleteChannel"] = Administrator with { IsAudited = true },
            ["/codec.v1.ChannelService/Publish"] = Publishing,
            ["/codec.v1.ChannelService/Subscribe"] = Subscribing,
            ["/codec.v1.ChannelService/CommitConsumer"] = Subscribing,
            ["/codec.v1.ChannelService/ListConsumers"] = Subscribing,
            ["/codec.v1.ChannelService/DeleteConsumer"] = Subscribing with { IsAudited = true },
            ["/grpc.health.v1.Health/Check"] = Public,
            ["/grpc.health.v1.Health/Watch"] = Public,
            ["/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"] = AnyRole,
            ["/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"] = AnyRole,
        };

    /// <summary>Returns the rule of a method; one that has none is for administrators.</summary>
    public static CallRule Of(string method) => All.GetValueOrDefault(method, Administrator);
}
