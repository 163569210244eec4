using System.Globalization;
using Codec.Bench.Report;

namespace Codec.Bench.Readme;

/// <summary>The parts of README and docs that state figures, as text made from the results.</summary>
internal static class Blocks
{
    /// <summary>Makes a block by its name.</summary>
    /// <exception cref="BenchException">There is no such block, or a figure of it is missing.</exception>
    public static string Render(string name, Results results) =>
        name switch
        {
            "picture" => Picture(results),
            "comparison" => Comparison(results),
            "faces" => Faces(results),
            "speed" => Speed(results),
            "training" => Training(results),
            "all" => All(results),
            _ => throw new BenchException(
                $"'{name}' is no block of figures; there are picture, comparison, faces, speed, training and all."
            ),
        };

    /// <summary>One photograph three times; WebP's file has at least as many bytes as ours.</summary>
    private static string Picture(Results results)
    {
        Figure ours = results["picture.bytes"],
            webp = results["picture.webp_bytes"];
        string Score(string name) => Text($"SSIMULACRA2 {results[name].Value:0}");
        return Lines(
            Text(
                $"| original | WebP, {webp.Value:N0} bytes, {Score("picture.webp_ssimu2")} | `photos`, {ours.Value:N0} bytes, {Score("picture.ssimu2")} |"
            ),
            "|---|---|---|",
            "| ![a part of the original](docs/images/original.png) | ![the same part from WebP](docs/images/webp.png) "
                + "| ![the same part from photos](docs/images/photos.png) |"
        );
    }

    /// <summary>Photographs, thumbnails, then faces, against the same peers.</summary>
    private static string Comparison(Results results)
    {
        return Lines(
            "| bytes at equal quality, against | photographs | … effort 2 | thumbnails of 128 pixels | … effort 2 | faces of 64×64 |",
            "|---|---|---|---|---|---|",
            Row("JPEG (libjpeg-turbo)", "jpeg", hasEffort: false, hasThumbs: false, ""),
            Row("WebP (libwebp, method 6)", "webp", hasEffort: true, hasThumbs: true, FaceRange(results)),
            Row("AVIF 4:2:0 (libaom, tune=ssim)", "avif", hasEffort: true, hasThumbs: false, ""),
            Row("AVIF 4:4:4 (libaom, tune=iq)", "avif_iq", hasEffort: true, hasThumbs: true, ""),
            Row("JPEG XL (libjxl, effort 7)", "jxl", hasEffort: false, hasThumbs: false, "")
        );

        string Row(string peer, string name, bool hasEffort, bool hasThumbs, string faces)
        {
            return $"| {peer} | {Cell("kodak", true)} | {Cell("effort2_kodak", hasEffort)} | {Cell("thumb128", hasThumbs)} "
                + $"| {Cell("effort2_thumb128", hasEffort && hasThumbs)} | {faces} |";

            string Cell(string set, bool isMeasured) => isMeasured ? Percent(results[$"photos.{set}_ssimu2_vs_{name}"]) : "";
        }
    }

    private static string FaceRange(Results results) =>
        $"{Change(results["faces64.bytes@25.6dB"].Ratio)} to {Change(results["faces64.bytes@30.9dB"].Ratio)}";

    /// <summary>The smallest model, in bytes, at its three qualities.</summary>
    private static string Faces(Results results)
    {
        string[] points = ["22.8dB", "27.0dB", "30.4dB"];
        return Lines([
            "| `faces-32`, quality | bytes a face | PSNR, dB | WebP's bytes, at its nearest PSNR |",
            "|---|---|---|---|",
            .. points.Select(
                (point, quality) =>
                {
                    Figure bytes = results[$"faces32.bytes@{point}"];
                    return Text(
                        $"| {quality} | {bytes.Value:0.0} | {results[$"faces32.psnr@{point}"].Value:0.00} | {bytes.Value / bytes.Ratio:0.0} |"
                    );
                }
            ),
        ]);
    }

    private static string Speed(Results results) =>
        Rows(
            results,
            ("stream.acked_images_per_second", "faces of 64×64 a second, encoded by the server and acknowledged as durable", "0"),
            ("stream.plain_wire_ratio", "bytes on the socket ÷ bytes of the codes", "0.000"),
            ("stream.key_bytes_per_code", "bytes that a key and a time add to a code, in frames of 64", "0.0"),
            ("stream.resume_ms", "ms from a lost connection to the next image", "0"),
            ("sdk.decode_ratio", "faces a second through `SubscribeAsync` ÷ through the decoder alone", "0.00"),
            ("sdk.alloc_per_face", "bytes that a subscription allocates for a face, besides its pixels", "0"),
            ("sdk.first_image_ms", "ms from a new client with an empty cache to its first image", "0"),
            ("sdk.swap_ms", "ms from moving an alias to a subscriber's first image of the new version", "0"),
            ("sdk.aot_bytes", "bytes of a subscriber as one native file, compiled ahead of time, without ONNX Runtime", "N0"),
            ("cli.start_ms", "ms that the command line takes to start, compiled ahead of time (`make native`)", "0"),
            ("photos.decode_vs_webp", "speed of decoding photographs on one core ÷ libwebp's", "0.00"),
            ("photos.encode_vs_webp", "speed of encoding photographs on one core ÷ that of libwebp's method 6", "0.00"),
            ("photos.effort2_encode_vs_webp", "the same with an effort of 2", "0.00")
        );

    private static string Training(Results results) =>
        Rows(
            results,
            ("training.avatars_vs_photos", "bytes of an own model of avatars ÷ shipped `photos`, people held out", "0.00"),
            ("training.conv_rd_vs_linear", "bytes of a network trained by rate ÷ the linear codec, faces of 32×32", "0.000"),
            ("training.peak_bytes_200k", "bytes of memory at most, training on 200,000 images of 128×128", "0,0"),
            ("training.epoch_ratio", "an epoch of the trainer ÷ one of the shortest loop in TorchSharp", "0.00"),
            ("training.import_layers", "common layers that an import takes", "0")
        );

    /// <summary>A table of figures, each with its meaning and the format of its value.</summary>
    private static string Rows(Results results, params (string Name, string What, string Format)[] rows) =>
        Lines([
            "| what | measured | beside |",
            "|---|---|---|",
            .. rows.Select(row =>
                $"| {row.What} | {results[row.Name].Value.ToString(row.Format, CultureInfo.InvariantCulture)} | {results[row.Name].Peer} |"
            ),
        ]);

    /// <summary>Every figure of every suite.</summary>
    private static string All(Results results) =>
        Lines([
                .. results.Suites.SelectMany(suite =>
                    (string[])
                        [
                            $"## {suite.Suite}",
                            "",
                            "| figure | value | unit | beside | ratio |",
                            "|---|---|---|---|---|",
                            .. suite.Figures.Select(figure =>
                                Text($"| `{figure.Name}` | {figure.Value:0.#####} | {figure.Unit} | {figure.Peer} | {figure.Ratio:0.000} |")
                            ),
                            "",
                        ]
                ),
            ])
            .TrimEnd('\n');

    private static string Percent(Figure figure) => Change(1 + figure.Value / 100);

    /// <summary>A ratio of bytes as a change: −25.6 %.</summary>
    private static string Change(double ratio) => Text($"{(ratio < 1 ? '−' : '+')}{Math.Abs(ratio - 1) * 100:0.0} %");

    private static string Lines(params string[] lines) => string.Join('\n', lines);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
