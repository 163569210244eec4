using Codec.Models;
using Codec.Server.Stores;

namespace Codec.Server.Models;

/// <summary>Finds the versions that references name.</summary>
internal sealed class VersionResolver(IModelRegistry registry)
{
    /// <summary>Maximum number of characters of a reference that a message repeats; every valid reference fits.</summary>
    private const int MaxShown = 160;

    /// <summary>Most tries of one use: moves and deletions that follow each other without end must not keep a call.</summary>
    private const int MaxTries = 8;

    /// <summary>Uses the version that a reference names now.</summary>
    /// <remarks>
    /// An alias may move on, and the version that it named be deleted, before the use has begun: the use then begins again with the
    /// version that the alias names next.
    /// </remarks>
    /// <param name="reference">The reference.</param>
    /// <param name="choose">Chooses a version of an alias; see <see cref="VersionChoice"/>.</param>
    /// <param name="use">The use; NotFound if the version was deleted. It may be called more than once.</param>
    /// <param name="cancellationToken">Ends the wait for the store.</param>
    /// <exception cref="RequestException">
    /// InvalidArgument: it is not a model reference. NotFound: there is no such alias or version; or as <paramref name="choose"/> and
    /// <paramref name="use"/>.
    /// </exception>
    public async Task<T> UseAsync<T>(
        string reference,
        Func<AliasRecord, Digest> choose,
        Func<VersionRecord, Task<T>> use,
        CancellationToken cancellationToken
    )
    {
        ModelReference parsed = ModelReference.TryParse(reference, out ModelReference? valid) ? valid : throw Invalid(reference);
        Digest? tried = null;
        for (int tries = 1; ; tries++)
        {
            Digest? digest = parsed.Version;
            if (digest is null && await registry.FindAliasAsync(parsed.Name, parsed.Alias!, cancellationToken) is { } alias)
                digest = choose(alias);

            bool isLast = digest is null || digest == tried || tries == MaxTries;
            VersionRecord? version = digest is { } found ? await registry.FindVersionAsync(found, cancellationToken) : null;
            if (version?.Model == parsed.Name)
            {
                try
                {
                    return await use(version);
                }
                catch (RequestException gone) when (gone.Error == RequestError.NotFound && !isLast)
                {
                    // If the reference still names this version, the next try is the last.
                }
            }
            else if (isLast)
            {
                throw RequestException.NotFound("model", parsed.ToString());
            }

            tried = digest;
        }
    }

    private static RequestException Invalid(string text)
    {
        string shown = text.Length > MaxShown ? text[..MaxShown] + "…" : text;
        return RequestException.Invalid(
            "model",
            $"'{shown}' is not a model reference; write NAME, NAME@ALIAS or NAME@sha256:DIGEST with names of 1 to 64 of a-z, 0-9, '-', '.'."
        );
    }
}
