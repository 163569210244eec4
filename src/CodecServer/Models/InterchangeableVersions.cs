using Codec.Models;
using Codec.Server.Stores;

namespace Codec.Server.Models;

/// <summary>
/// Requires that the targets of a split alias serve the same requests: an image or quality that one of them refuses would fail for a part
/// of the traffic only.
/// </summary>
internal static class InterchangeableVersions
{
    /// <summary>Compares each target with the first one.</summary>
    /// <exception cref="RequestException">NotFound: a version. FailedPrecondition: two targets differ.</exception>
    public static async Task RequireAsync(IModelRegistry registry, string model, AliasTargets targets, CancellationToken cancellationToken)
    {
        ModelManifest? first = null;
        foreach (AliasTarget target in targets.Items)
        {
            if ((await registry.FindVersionAsync(target.Version, cancellationToken))?.Model != model)
                throw RequestException.NotFound("version", $"{model}@sha256:{target.Version}");

            ModelManifest manifest = ModelManifest.Parse(await registry.ReadManifestAsync(target.Version, cancellationToken));
            first ??= manifest;
            if (Difference(first, manifest) is { } difference)
            {
                throw new RequestException(
                    RequestError.FailedPrecondition,
                    "TARGETS_DIFFER",
                    $"{target.Version} cannot share an alias with {targets.First}: {difference}. Point another alias to it."
                )
                {
                    Violations = [new Violation(target.Version.Hex, $"{difference}.")],
                };
            }
        }
    }

    private static string? Difference(ModelManifest first, ModelManifest other)
    {
        if (Input(first) != Input(other))
            return $"its input is {Input(other)}, not {Input(first)}";

        if (first.Qualities.Count != other.Qualities.Count)
            return $"it has {other.Qualities.Count} qualities, not {first.Qualities.Count}";

        return Heads(first) == Heads(other) ? null : $"its heads are {Heads(other)}, not {Heads(first)}";
    }

    private static string Input(ModelManifest manifest) =>
        manifest.Grid is null
            ? $"{manifest.Input.Size} of {manifest.Input.Channels} channels"
            : $"any size of {manifest.Input.Channels} channels";

    private static string Heads(ModelManifest manifest) =>
        string.Join(
            ", ",
            manifest
                .Heads.OrderBy(head => head.Name, StringComparer.Ordinal)
                .Select(head =>
                    manifest.Grid is null ? $"{head.Name} {head.Output.Size}×{head.Output.Channels}" : $"{head.Name}×{head.Output.Channels}"
                )
        );
}
