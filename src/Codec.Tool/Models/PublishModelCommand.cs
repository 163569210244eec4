using System.CommandLine;
using Codec.Client;
using Codec.CommandLine;
using Codec.Models;
using Codec.Tool.Offline;
using Codec.Tool.Output;
using Codec.Tool.Service;

namespace Codec.Tool.Models;

/// <summary><c>codec models publish</c>: uploads a model file.</summary>
internal static class PublishModelCommand
{
    public static Command Create()
    {
        var file = new Argument<string>("PATH.codec") { Description = "The model file." };
        var alias = new Option<string?>("--alias")
        {
            Description = "Also move this alias to the version. Default: none is moved (codec models alias).",
        };
        return new Command("publish", "Upload a model file as a version. An upload that was stopped resumes.") { file, alias }.DoesOnServer(
            async (arguments, results, client, cancellationToken) =>
            {
                string path = InputFile.Require(arguments.GetValue(file)!);
                ModelPackage package = ModelPackage.Load(path);
                string? moves = arguments.GetValue(alias) is { Length: > 0 } name
                    ? AliasName.Parse($"{package.Manifest.Name}@{name}").Alias
                    : null;
                VersionInfo version;
                try
                {
                    version = await ProgressDisplay
                        .RunAsync(
                            $"Upload {package.Manifest.Name}",
                            fraction => client.UploadModelAsync(package, new UploadFraction(fraction), cancellationToken)
                        )
                        .ConfigureAwait(false);
                }
                catch (InvalidRequestException exception)
                {
                    // Refused is the file's content, not the command line.
                    throw new InvalidDataException($"{path}: {exception.Message}", exception);
                }

                AliasInfo[] moved = moves is not null
                    ? [await client.SetAliasAsync(version.Model, moves, version.Digest, null, cancellationToken).ConfigureAwait(false)]
                    : [];
                results.Row(
                    VersionRow.Of(version, moved),
                    RowTypes.Default.VersionRow,
                    $"{version.Model}: version {version.Digest} is published{string.Concat(moved.Select(a => $"; {a.Name} points to it (revision {a.Revision})"))}."
                );
                return ExitCodes.Success;
            }
        );
    }

    // Not Progress<T>, which reports on other threads, later and in any order.
    private sealed class UploadFraction(Action<double> report) : IProgress<UploadProgress>
    {
        public void Report(UploadProgress value) => report(value.Total == 0 ? 1 : (double)value.Sent / value.Total);
    }
}
