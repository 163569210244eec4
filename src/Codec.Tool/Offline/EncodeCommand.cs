using System.CommandLine;
using Codec.CommandLine;
using Codec.Images;
using Codec.Tool.CommandLine;
using Codec.Tool.Output;

namespace Codec.Tool.Offline;

/// <summary><c>codec encode</c>: image files to code files.</summary>
internal static class EncodeCommand
{
    public static Command Create()
    {
        Argument<string[]> files = CommonOptions.Images();
        Option<string> output = CommonOptions.Output();
        Option<bool> overwrite = CommonOptions.Overwrite();
        Option<string> model = CommonOptions.LocalModel();
        Option<int?> quality = CommonOptions.Quality();
        Option<int> effort = CommonOptions.Effort();
        Option<Fit> fit = CommonOptions.Fit();
        return new Command("encode", "Encode image files to .code files, without a server.")
        {
            files,
            output,
            quality,
            effort,
            model,
            fit,
            overwrite,
        }.Does(
            (arguments, results, cancellationToken) =>
            {
                using var models = new LocalModels();
                FileEncoder encoder = FileEncoder.Create(
                    models.Load(arguments.GetValue(model)!),
                    arguments.GetValue(quality),
                    arguments.GetValue(effort),
                    arguments.GetValue(fit)
                );
                var folder = new OutputFolder(arguments.GetValue(output)!, arguments.GetValue(overwrite));
                bool failed = false;
                foreach ((string input, string target) in folder.Plan(ImageFiles.Expand(arguments.GetValue(files)!), CodecFile.Extension))
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    try
                    {
                        (byte[] bytes, ImageSize size) = encoder.Encode(input);
                        folder.Write(target, bytes);
                        results.Row(
                            encoder.Describe(input, target, bytes.Length, size),
                            RowTypes.Default.EncodedFile,
                            $"{target}: {size}, {Texts.Number(bytes.Length)} bytes, {Texts.Decimal(8.0 * bytes.Length / size.Pixels)} bits a pixel"
                        );
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
}
