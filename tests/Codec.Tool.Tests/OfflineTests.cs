using System.Text.Json;
using CliWrap.Buffered;
using Codec.Images;
using Codec.Imaging;
using Codec.Models;
using Codec.Tests.Shared;
using Codec.Tests.Shared.Processes;

namespace Codec.Tool.Tests;

/// <summary>encode, decode and inspect, on files alone.</summary>
public sealed class OfflineTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task EncodeThenDecode_ShippedModel_GivesTheLibrarysBytesAndPixels()
    {
        string image = _folder.WriteGradient("a.png", 40, 24);
        string other = _folder.WriteGradient("b.png", 9, 70);

        ToolRun encoded = (await ToolRun.RunAsync("encode", image, other, "-o", _folder.File("codes"), "-q", "8", "--json")).Succeeded();
        ToolRun decoded = (
            await ToolRun.RunAsync("decode", _folder.File("codes/a.code"), _folder.File("codes/b.code"), "-o", _folder.File("images"))
        ).Succeeded();

        using CodecModel model = CodecModel.Load(ModelPackage.Load(Repository.PathOf("models", "photos.codec")));
        byte[] file = CodecFile.Encode(model, TestImages.Gradient(40, 24), 8);
        Assert.Equal(file, File.ReadAllBytes(_folder.File("codes/a.code")));
        Raster written = ImageFile.Decode(File.ReadAllBytes(_folder.File("images/a.png")));
        Assert.Equal(CodecFile.Decode(model, file).Samples, written.Samples);
        JsonElement row = encoded.Objects[0];
        Assert.Equal(
            (image, _folder.File("codes/a.code"), 40, 24, file.Length, "photos", model.Version.Hex, 8),
            (
                row.GetProperty("file").GetString(),
                row.GetProperty("output").GetString(),
                row.GetProperty("width").GetInt32(),
                row.GetProperty("height").GetInt32(),
                row.GetProperty("bytes").GetInt32(),
                row.GetProperty("model").GetString(),
                row.GetProperty("version").GetString(),
                row.GetProperty("quality").GetInt32()
            )
        );
        Assert.Equal(2, encoded.Objects.Count);
        Assert.Contains("b.png: 9×70", decoded.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Encode_WithAnEffort_GivesTheLibrarysBytes()
    {
        string image = _folder.WriteGradient("a.png", 40, 24);

        (await ToolRun.RunAsync("encode", image, "-o", _folder.File("codes"), "--effort", "1")).Succeeded();

        using CodecModel model = CodecModel.Load(ModelPackage.Load(Repository.PathOf("models", "photos.codec")));
        byte[] file = CodecFile.Encode(model, TestImages.Gradient(40, 24), 4, effort: 1);
        Assert.Equal(file, File.ReadAllBytes(_folder.File("codes/a.code")));
    }

    [Fact]
    public async Task Encode_FolderWithOtherThings_SaysWhatIsLeftOut()
    {
        string folder = Directory.CreateDirectory(_folder.File("mixed/inner")).Parent!.FullName;
        _folder.WriteGradient("mixed/a.png", 20, 20);
        _folder.WriteGradient("mixed/inner/b.png", 20, 20);
        _folder.Write("mixed/c.bmp", "another format");

        ToolRun encoded = await ToolRun.RunAsync("encode", folder, "-o", _folder.File("codes"));

        Assert.Equal(0, encoded.ExitCode);
        Assert.Equal(
            $"codec: {folder}: left out 1 file of other formats than JPEG, PNG or WebP, and 1 folder.",
            Assert.Single(encoded.Errors)
        );
        Assert.Equal([_folder.File("codes/a.code")], Directory.GetFiles(_folder.File("codes")));
    }

    /// <summary>Names of files come from anyone: they control no terminal, and make no line.</summary>
    [Fact]
    public async Task EncodeCompareDecode_NamesThatControlATerminal_AreWrittenAsCodes()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows allows no such names.");
        string folder = Directory.CreateDirectory(_folder.File("in")).FullName;
        _folder.WriteGradient("in/new\nline\u001b[31mred.png", 20, 20);
        _folder.Write("in/bad\u001b[2J.png", "not an image");

        ToolRun encoded = await ToolRun.RunAsync("encode", folder, "-o", _folder.File("codes"));
        ToolRun compared = await ToolRun.RunAsync("compare", folder);
        ToolRun decoded = await ToolRun.RunAsync(["decode", .. Directory.GetFiles(_folder.File("codes")), "-o", _folder.File("images")]);

        Assert.Contains("bad\\u001B[2J.png: ", Assert.Single(encoded.Errors), StringComparison.Ordinal);
        Assert.Contains("new\\u000Aline\\u001B[31mred.code: 20×20", encoded.Output, StringComparison.Ordinal);
        foreach (ToolRun run in new[] { encoded, compared, decoded })
        {
            Assert.Contains("\\u000Aline", run.Output, StringComparison.Ordinal);
            Assert.DoesNotContain(run.Output + string.Concat(run.Errors), character => char.IsControl(character) && character != '\n');
        }
    }

    /// <summary>It is no failure of the picture.</summary>
    [Fact]
    public async Task Encode_OutputThatTakesNothing_IsNamed()
    {
        string image = _folder.WriteGradient("a.png", 20, 20);
        string[] command = ["dotnet", ToolRun.Path, "encode", image, "-o", _folder.File("o")];

        BufferedCommandResult run = await Programs
            .Command("bash", ["-c", "\"$@\" > /dev/full; echo $? >&2", "bash", .. command])
            .RunAsync(TestContext.Current.CancellationToken);

        Assert.Equal("codec: The standard output cannot be written: No space left on device\n1", run.StandardError.Trim());
    }

    [Fact]
    public async Task Encode_OneDamagedFileOfThree_ReportsItInALineAndWritesTheOthers()
    {
        string good = _folder.WriteGradient("good.png", 20, 20);
        string bad = _folder.Write("bad.png", "not an image");
        string last = _folder.WriteGradient("last.png", 20, 20);

        ToolRun run = await ToolRun.RunAsync("encode", good, bad, last, "-o", _folder.File("out"));

        Assert.Equal(1, run.ExitCode);
        Assert.StartsWith($"codec: {bad}: ", Assert.Single(run.Errors), StringComparison.Ordinal);
        Assert.Equal(
            ["good.code", "last.code"],
            Directory.EnumerateFiles(_folder.File("out")).Select(path => Path.GetFileName(path)).Order()
        );
    }

    [Fact]
    public async Task Encode_AnotherSizeThanTheModels_NeedsAFit()
    {
        string image = _folder.WriteGradient("face.png", 100, 80);

        ToolRun refused = await ToolRun.RunAsync("encode", image, "-o", _folder.File("out"), "--model", "faces-64");
        ToolRun fitted = await ToolRun.RunAsync(
            "encode",
            image,
            "-o",
            _folder.File("out"),
            "--model",
            "faces-64",
            "--fit",
            "cover",
            "--json"
        );

        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("faces-64 takes 64×64", Assert.Single(refused.Errors), StringComparison.Ordinal);
        Assert.Equal(64, Assert.Single(fitted.Succeeded().Objects).GetProperty("width").GetInt32());
    }

    [Fact]
    public async Task Decode_VersionThatDoesNotShip_NeedsItsModelFile()
    {
        ModelPackage package = SmallModel.Create();
        package.Save(_folder.File("small.codec"));
        string image = _folder.WriteGradient("a.png", SmallModel.Side, SmallModel.Side);
        (await ToolRun.RunAsync("encode", image, "-o", _folder.Path, "--model", _folder.File("small.codec"))).Succeeded();

        ToolRun refused = await ToolRun.RunAsync("decode", _folder.File("a.code"), "-o", _folder.File("out"));
        ToolRun decoded = await ToolRun.RunAsync(
            "decode",
            _folder.File("a.code"),
            "-o",
            _folder.File("out"),
            "--model",
            _folder.File("small.codec")
        );

        Assert.Equal(1, refused.ExitCode);
        Assert.Contains(package.Version.Hex, Assert.Single(refused.Errors), StringComparison.Ordinal);
        decoded.Succeeded();
        Assert.True(File.Exists(_folder.File("out/a.png")));
    }

    [Fact]
    public async Task Decode_FileThatExists_IsReplacedOnlyOnRequest()
    {
        string image = _folder.WriteGradient("a.png", 20, 20);
        byte[] original = File.ReadAllBytes(image);
        (await ToolRun.RunAsync("encode", image, "-o", _folder.Path)).Succeeded();

        ToolRun refused = await ToolRun.RunAsync("decode", _folder.File("a.code"), "-o", _folder.Path);
        byte[] kept = File.ReadAllBytes(image);
        (await ToolRun.RunAsync("decode", _folder.File("a.code"), "-o", _folder.Path, "--overwrite")).Succeeded();

        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("--overwrite", Assert.Single(refused.Errors), StringComparison.Ordinal);
        Assert.Equal(original, kept);
        Assert.NotEqual(original, File.ReadAllBytes(image));
    }

    [Fact]
    public async Task Encode_TwoFilesOfOneName_IsRefusedBeforeAnythingIsWritten()
    {
        string first = _folder.WriteGradient("x/a.png", 20, 20);
        string second = _folder.WriteGradient("y/a.png", 20, 20);

        ToolRun run = await ToolRun.RunAsync("encode", first, second, "-o", _folder.File("out"));

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("would both become", Assert.Single(run.Errors), StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder.File("out")));
    }

    [Fact]
    public async Task Inspect_CodeFile_CountsEveryByte()
    {
        string image = _folder.WriteGradient("a.png", 40, 24);
        (await ToolRun.RunAsync("encode", image, "-o", _folder.Path)).Succeeded();

        JsonElement frame = Assert.Single((await ToolRun.RunAsync("inspect", _folder.File("a.code"), "--json")).Succeeded().Objects);
        ToolRun shown = (await ToolRun.RunAsync("inspect", _folder.File("a.code"))).Succeeded();

        Assert.Equal(("frame", "photos", 4), (Text(frame, "kind"), Text(frame, "model"), frame.GetProperty("quality").GetInt32()));
        Assert.Equal(new FileInfo(_folder.File("a.code")).Length, frame.GetProperty("bytes").GetInt64());
        Assert.Equal(frame.GetProperty("bytes").GetInt64(), PartBytes(frame));
        JsonElement code = Assert.Single(frame.GetProperty("codes").EnumerateArray());
        Assert.Equal((40, 24), (code.GetProperty("width").GetInt32(), code.GetProperty("height").GetInt32()));
        Assert.Contains("code 1, 40×24", shown.Output, StringComparison.Ordinal);
        Assert.Contains("██", shown.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Inspect_ModelFile_ListsItsBlobs()
    {
        string path = Repository.PathOf("models", "faces-64.codec");

        JsonElement model = Assert.Single((await ToolRun.RunAsync("inspect", path, "--json")).Succeeded().Objects);

        ModelPackage package = ModelPackage.Load(path);
        Assert.Equal(("model", "faces-64", package.Version.Hex), (Text(model, "kind"), Text(model, "model"), Text(model, "version")));
        Assert.Equal(package.ManifestBytes.Length + package.Blobs.Values.Sum(blob => (long)blob.Length), PartBytes(model));
        Assert.Equal("42", model.GetProperty("provenance").GetProperty("seed").GetString());
    }

    [Fact]
    public async Task Inspect_NeitherFrameNorModel_IsRefused()
    {
        ToolRun run = await ToolRun.RunAsync("inspect", _folder.Write("x", "text that is no frame"));

        Assert.Equal(1, run.ExitCode);
        Assert.StartsWith("codec: ", Assert.Single(run.Errors), StringComparison.Ordinal);
    }

    private static string? Text(JsonElement row, string field) => row.GetProperty(field).GetString();

    private static long PartBytes(JsonElement file) =>
        file.GetProperty("parts").EnumerateArray().Sum(part => part.GetProperty("bytes").GetInt64());
}
