using System.CommandLine;
using Codec.CommandLine;
using Codec.Images;
using Codec.Imaging;
using Codec.Tool.CommandLine;
using Codec.Tool.Offline;
using Codec.Tool.Output;

namespace Codec.Tool.Comparing;

/// <summary><c>codec compare</c>: our bytes and quality beside those of common formats.</summary>
internal static class CompareCommand
{
    public static Command Create()
    {
        Argument<string[]> files = CommonOptions.Images();
        Option<string> model = CommonOptions.LocalModel();
        Option<int?> quality = CommonOptions.Quality();
        Option<int> effort = CommonOptions.Effort();
        Option<Fit> fit = CommonOptions.Fit();
        var page = new Option<string?>("--html")
        {
            HelpName = "PATH.html",
            Description = "Also write a page that shows the images, each format at the bytes nearest to ours.",
        };
        Option<bool> overwrite = CommonOptions.Overwrite();
        return new Command(
            "compare",
            """
            Compare images with JPEG, WebP, AVIF and JPEG XL, at equal SSIMULACRA2 and at equal PSNR.

            Each format is encoded at nine or more qualities, and its bytes are interpolated at the quality that the model reaches. JPEG,
            WebP and AVIF need libvips, which comes with the package for Linux on x64 and is otherwise the system's; JPEG XL needs cjxl and
            djxl on the path. What is missing is said. It takes seconds for each megapixel and format.
            """
        )
        {
            files,
            quality,
            effort,
            model,
            fit,
            page,
            overwrite,
        }.Does(
            async (arguments, results, cancellationToken) =>
            {
                using var models = new LocalModels();
                FileEncoder encoder = FileEncoder.Create(
                    models.Load(arguments.GetValue(model)!),
                    arguments.GetValue(quality),
                    arguments.GetValue(effort),
                    arguments.GetValue(fit)
                );
                string[] given = ImageFiles.Expand(arguments.GetValue(files)!);
                string? target = arguments.GetValue(page);
                var written = new List<ComparedImage>();
                bool failed = false;
                foreach (string file in given)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    try
                    {
                        Raster image = encoder.Read(file).WithChannels(3);
                        ComparedImage compared = await ProgressDisplay
                            .RunAsync(
                                $"Comparing {file}",
                                report =>
                                    Task.Run(
                                        () => Comparer.Compare(file, image, encoder, target is not null, report, cancellationToken),
                                        cancellationToken
                                    )
                            )
                            .ConfigureAwait(false);
                        Write(compared, results);
                        if (target is not null)
                            written.Add(compared);
                    }
                    catch (Exception exception) when (ToolCommands.Runner.IsExpected(exception))
                    {
                        ToolCommands.ReportFailure(file, exception);
                        failed = true;
                    }
                }

                if (target is not null && written.Count > 0)
                {
                    var folder = new OutputFolder(Path.GetDirectoryName(Path.GetFullPath(target))!, arguments.GetValue(overwrite));
                    folder.Write(Path.GetFullPath(target), ComparisonPage.Render(written));
                    results.Line($"{target}: the images side by side");
                }

                return failed ? ExitCodes.Failure : ExitCodes.Success;
            }
        );
    }

    private static void Write(ComparedImage compared, Results results)
    {
        results.Line($"{compared.File}: {compared.Image.Size}");
        results.Rows(
            compared.Rows,
            RowTypes.Default.ComparedFormat,
            new Column<ComparedFormat>("format", row => row.Format),
            new Column<ComparedFormat>("bytes at equal SSIMULACRA2", row => Bytes(row.BytesAtEqualScore, row), IsNumber: true),
            new Column<ComparedFormat>("than ours", row => Texts.Change(row.BytesAtEqualScore / row.OurBytes), IsNumber: true),
            new Column<ComparedFormat>("bytes at equal PSNR", row => Bytes(row.BytesAtEqualPsnr, row), IsNumber: true),
            new Column<ComparedFormat>("than ours", row => Texts.Change(row.BytesAtEqualPsnr / row.OurBytes), IsNumber: true)
        );
        results.Line(
            $"  ours: SSIMULACRA2 {Texts.Decimal(compared.Score)} (100 is best), PSNR {(compared.Psnr is { } psnr ? Texts.Decimal(psnr) + " dB" : "infinite")}"
        );
        foreach (ComparedFormat row in compared.Rows.Where(row => row.Missing is not null))
            results.Line($"  {row.Format}: not available: {row.Missing}");
    }

    private static string Bytes(double? bytes, ComparedFormat row) =>
        bytes is { } number ? Texts.Number((long)Math.Round(number))
        : row.Missing is null ? "not reached"
        : "-";
}
