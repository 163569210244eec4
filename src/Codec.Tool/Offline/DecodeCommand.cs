using System.CommandLine;
using Codec.CommandLine;
using Codec.Errors;
using Codec.Frames;
using Codec.Images;
using Codec.Imaging;
using Codec.Models;
using Codec.Tool.CommandLine;
using Codec.Tool.Output;

namespace Codec.Tool.Offline;

/// <summary><c>codec decode</c>: code files to PNG files.</summary>
internal static class DecodeCommand
{
    public static Command Create()
    {
        Argument<string[]> files = CommonOptions.Files("Code files.");
        Option<string> output = CommonOptions.Output();
        Option<bool> overwrite = CommonOptions.Overwrite();
        Option<string> head = CommonOptions.Head();
        Option<string[]> models = CommonOptions.Models();
        return new Command("decode", "Decode .code files to PNG files, without a server.") { files, output, models, head, overwrite }.Does(
            (arguments, results, cancellationToken) =>
            {
                using var local = new LocalModels();
                foreach (string path in arguments.GetValue(models)!)
                    local.Load(path);
                var folder = new OutputFolder(arguments.GetValue(output)!, arguments.GetValue(overwrite));
                bool failed = false;
                foreach ((string input, string target) in folder.Plan(arguments.GetValue(files)!, ".png"))
                {
                    try
                    {
                        foreach (DecodedFile decoded in Decode(local, folder, input, target, arguments.GetValue(head)!))
                        {
                            results.Row(decoded, RowTypes.Default.DecodedFile, $"{decoded.Output}: {decoded.Width}×{decoded.Height}");
                            cancellationToken.ThrowIfCancellationRequested();
                        }
                    }
                    catch (Exception exception) when (ToolCommands.Runner.IsExpected(exception))
                    {
                        ToolCommands.ReportFailure(input, exception);
                        failed = true;
                    }
                }

                return Task.FromResult(failed ? ExitCodes.Failure : ExitCodes.Success);
            }
        );
    }

    // One image is in memory at a time; the format bounds it to 8,192×8,192 pixels.
    private static IEnumerable<DecodedFile> Decode(LocalModels models, OutputFolder folder, string input, string target, string head)
    {
        byte[] file = CodecFile.Load(InputFile.Require(input));
        Digest version = CodecFile.ReadVersion(file);
        CodecModel model =
            models.Find(version)
            ?? throw new InvalidCodeException(
                "version",
                3,
                $"it is of version {version}, which no shipped model has; name its model file with --model (codec models pull)."
            );
        FrameReader reader = model.ReadFrame(file);
        int count = reader.Remaining;
        for (int i = 1; i <= count; i++)
        {
            Raster image = reader.ReadImage(head);
            string name = count == 1 ? target : $"{target[..^4]}-{i}.png";
            folder.Write(name, ImageFile.EncodePng(image));
            yield return new DecodedFile(input, name, image.Width, image.Height, model.Manifest.Name, version.Hex, reader.Quality);
        }
    }
}

/// <summary>A code that was decoded.</summary>
/// <param name="File">The code file.</param>
/// <param name="Output">The PNG file.</param>
/// <param name="Width">Width in pixels.</param>
/// <param name="Height">Height in pixels.</param>
/// <param name="Model">The model's name.</param>
/// <param name="Version">The version's digest.</param>
/// <param name="Quality">The quality.</param>
internal sealed record DecodedFile(string File, string Output, int Width, int Height, string Model, string Version, int Quality);
