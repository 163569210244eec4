using System.CommandLine;
using Codec.CommandLine;
using Codec.Models;
using Codec.Tool.Offline;
using Codec.Tool.Output;
using Codec.Tool.Service;

namespace Codec.Tool.Models;

/// <summary><c>codec models pull</c>: downloads a version as a model file.</summary>
internal static class PullCommand
{
    public static Command Create()
    {
        var model = new Argument<string>("MODEL") { Description = "The model: name, name@alias or name@sha256:DIGEST." };
        var output = new Option<string?>("--output", "-o")
        {
            HelpName = "PATH",
            Description = "The model file to write. Default: NAME.codec.",
        };
        Option<bool> overwrite = CommonOptions.Overwrite();
        return new Command("pull", "Download a version as a model file.") { model, output, overwrite }.DoesOnServer(
            async (arguments, results, client, cancellationToken) =>
            {
                if (arguments.GetValue(output) is { } given)
                    InputFile.Require(given);
                ModelPackage package = await client.DownloadModelAsync(arguments.GetValue(model)!, cancellationToken).ConfigureAwait(false);
                string path = arguments.GetValue(output) ?? package.Manifest.Name + ".codec";
                if (File.Exists(path) && !arguments.GetValue(overwrite))
                    throw new IOException($"{path} exists; --overwrite replaces it.");
                package.Save(path);
                var pulled = new PulledModel(package.Manifest.Name, package.Version.Hex, path, new FileInfo(path).Length);
                results.Row(
                    pulled,
                    RowTypes.Default.PulledModel,
                    $"{path}: {pulled.Model}, version {pulled.Version}, {Texts.Number(pulled.Bytes)} bytes"
                );
                return ExitCodes.Success;
            }
        );
    }
}
