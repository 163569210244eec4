using System.CommandLine;
using Codec.CommandLine;
using Codec.Models;
using Codec.Tool.Output;
using Codec.Tool.Service;

namespace Codec.Tool.Models;

/// <summary><c>codec models delete</c>: deletes a version or an alias.</summary>
internal static class DeleteModelCommand
{
    public static Command Create()
    {
        var target = new Argument<string>("MODEL@WHAT")
        {
            Description = "A version, model@sha256:DIGEST; or an alias, model@alias, whose history is kept.",
        };
        var force = new Option<bool>("--force")
        {
            Description = "Delete a version although streams use it or channels hold codes of it: those codes cannot be decoded any more.",
        };
        return new Command("delete", "Delete a version that no alias points to, or an alias.") { target, force }.DoesOnServer(
            async (arguments, results, client, cancellationToken) =>
            {
                string text = arguments.GetValue(target)!;
                // A bare name would mean its alias live, which must not be deleted because a part was left out.
                if (!text.Contains('@', StringComparison.Ordinal))
                    throw new ArgumentException($"Name what to delete of '{text}': {text}@sha256:DIGEST or {text}@ALIAS.");
                ModelReference reference = ModelReference.Parse(text);
                await (
                    reference.Version is { } version
                        ? client.DeleteVersionAsync(reference.Name, version, arguments.GetValue(force), cancellationToken)
                        : client.DeleteAliasAsync(reference.Name, reference.Alias!, null, cancellationToken)
                ).ConfigureAwait(false);
                results.Row(
                    new DeletedModel(reference.Name, reference.Version?.Hex, reference.Alias),
                    RowTypes.Default.DeletedModel,
                    $"{reference} is deleted."
                );
                return ExitCodes.Success;
            }
        );
    }
}
