using Codec.Models;
using Codec.Server.Stores;

namespace Codec.Server.Models;

/// <summary>
/// How a use chooses among the versions of an alias that splits traffic. A reference that names a version leaves no choice.
/// </summary>
internal static class VersionChoice
{
    /// <summary>Chooses by a key: the same key chooses the same version until the alias changes.</summary>
    public static Func<AliasRecord, Digest> By(string key) => alias => alias.Choose(key);

    /// <summary>Chooses the first target: for readers that want one answer, such as the manifest of an alias.</summary>
    public static Digest First(AliasRecord alias) => alias.Targets.First!.Value;

    /// <summary>Refuses a choice: a code is of one version, and another would decode it to wrong pixels.</summary>
    /// <exception cref="RequestException">FailedPrecondition: the alias has several targets.</exception>
    public static Digest Only(AliasRecord alias) =>
        alias.Targets.IsSplit
            ? throw new RequestException(
                RequestError.FailedPrecondition,
                "ALIAS_IS_SPLIT",
                $"{alias.Model}@{alias.Name} splits traffic between versions: {alias.Targets}. "
                    + $"A code is of one of them; name it as {alias.Model}@sha256:VERSION."
            )
            : First(alias);
}
