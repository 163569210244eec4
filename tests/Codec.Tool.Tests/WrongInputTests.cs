using CliWrap.Buffered;
using Codec.Tests.Shared;
using Codec.Tests.Shared.Processes;

namespace Codec.Tool.Tests;

/// <summary>Wrong input gives one line that names what is wrong and what is allowed, in the words of the command line.</summary>
public sealed class WrongInputTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    public WrongInputTests()
    {
        _folder.WriteGradient("a.png", 8, 8);
        _folder.Write("empty.png", []);
        Directory.CreateDirectory(_folder.File("folder"));
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>@ stands for the folder of the test.</summary>
    [Theory]
    [InlineData(2, "--quality is 'x'; write a whole number.", "encode", "@a.png", "-o", "@o", "-q", "x")]
    [InlineData(2, "--fit is 'big'; write one of exact, cover, stretch.", "encode", "@a.png", "-o", "@o", "--fit", "big")]
    [InlineData(2, "SEQUENCE is 'x'; write a whole number.", "consumers", "seek", "a", "b", "x")]
    [InlineData(2, "--keep-age is 'long'; write a time", "channels", "create", "a", "--keep-age", "long")]
    [InlineData(1, "--keep-codes 0 is out of range", "channels", "create", "a", "--keep-codes", "0")]
    [InlineData(1, "a.png is a file; name a folder to write into.", "encode", "@a.png", "-o", "@a.png")]
    [InlineData(1, "The folder to write into is empty", "encode", "@a.png", "-o", "")]
    [InlineData(1, "a.code cannot be written: ", "encode", "@a.png", "-o", "@a.png/o")]
    [InlineData(1, "The name of a file is empty.", "encode", "", "-o", "@o")]
    [InlineData(1, "empty.png: The file has no bytes.", "encode", "@empty.png", "-o", "@o")]
    [InlineData(1, "folder is a folder; name a file.", "decode", "@folder", "-o", "@o")]
    [InlineData(1, "folder is a folder; name a file.", "inspect", "@folder")]
    [InlineData(1, "a.png: Invalid code: ", "inspect", "@a.png")]
    [InlineData(1, "The name of a model's file ends with .codec", "encode", "@a.png", "-o", "@o", "--model", "@a.png")]
    [InlineData(1, "The server is 'ftp://a/'; allowed: an absolute http or https address.", "models", "list", "--server", "ftp://a")]
    [InlineData(1, "--ca is 'missing.pem', which cannot be used: ", "models", "list", "--server", "https://a", "--ca", "missing.pem")]
    [InlineData(1, "--client-certificate is '", "models", "list", "--server", "https://a", "--client-certificate", "@a.png")]
    [InlineData(1, "but there is no --client-certificate", "models", "list", "--server", "https://a", "--client-key", "@a.png")]
    [InlineData(1, "which does not use TLS; write https", "models", "list", "--server", "http://a", "--ca", "@a.png")]
    [InlineData(2, "Unknown option --qualty", "publish", "cams", "--qualty", "8", "@a.png")]
    [InlineData(2, "Unknown option -z", "encode", "@a.png", "-z", "-o", "@o")]
    [InlineData(2, "Unknown option --nosuch", "models", "show", "--nosuch")]
    [InlineData(1, "--nosuch.png: ", "encode", "-o", "@o", "--", "--nosuch.png")]
    [InlineData(2, "--api-key-file is '", "models", "list", "--api-key-file", "@folder")]
    public async Task Command_WrongInput_SaysWhatIsWrong(int exitCode, string message, params string[] arguments)
    {
        ToolRun run = await ToolRun.RunAsync([.. arguments.Select(argument => argument.Replace("@", _folder.Path + "/"))]);

        Assert.Equal((exitCode, ""), (run.ExitCode, run.Output));
        string line = Assert.Single(run.Errors);
        Assert.StartsWith("codec: ", line, StringComparison.Ordinal);
        Assert.Contains(message, line, StringComparison.Ordinal);
    }

    /// <summary>A log on a full disk, or a closed one, must not end a command in its middle.</summary>
    [Theory]
    [InlineData("2> /dev/full")]
    [InlineData("2>&-")]
    public async Task Encode_ErrorOutputThatTakesNothing_DoesTheOtherFiles(string redirection)
    {
        string[] command = ["dotnet", ToolRun.Path, "encode", _folder.File("empty.png"), _folder.File("a.png"), "-o", _folder.File("o")];

        BufferedCommandResult run = await Programs
            .Command("bash", ["-c", $"\"$@\" {redirection}; echo $?", "bash", .. command])
            .RunAsync(TestContext.Current.CancellationToken);

        Assert.Equal("1", run.StandardOutput.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1]);
        Assert.True(File.Exists(_folder.File("o/a.code")));
    }
}
