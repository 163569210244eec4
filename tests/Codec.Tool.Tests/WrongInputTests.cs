using CliWrap.Buffered;
using Codec.Tests.Shared;
using Codec.Tests.Shared.Processes;

namespace Codec.Tool.Tests;

/// <summary>
/// Wrong input gives one line that names what is wrong and what is allowed, in the words of the command line. A value that is wrong
/// whatever the files and the server hold gives the exit code 2.
/// </summary>
public sealed class WrongInputTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    public WrongInputTests()
    {
        _folder.WriteGradient("a.png", 8, 8);
        _folder.Write("empty.png", []);
        _folder.Write("key", "codec_a_b");
        Directory.CreateDirectory(_folder.File("folder"));
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>@ stands for the folder of the test.</summary>
    [Theory]
    [InlineData(2, "--quality is 'x'; write a whole number.", "encode", "@a.png", "-o", "@o", "-q", "x")]
    [InlineData(2, "--fit is 'big'; write one of exact, cover, stretch.", "encode", "@a.png", "-o", "@o", "--fit", "big")]
    [InlineData(2, "SEQUENCE is 'x'; write a whole number.", "consumers", "seek", "a", "b", "x")]
    [InlineData(2, "--keep-age is 'long'; write a time", "channels", "create", "a", "--keep-age", "long")]
    [InlineData(2, "--keep-codes 0 is out of range", "channels", "create", "a", "--keep-codes", "0")]
    [InlineData(2, "--keep-codes -1 is out of range", "channels", "create", "a", "--keep-codes", "-1")]
    [InlineData(2, "--keep-age 00:00:00 is out of range", "channels", "create", "a", "--keep-age", "0")]
    [InlineData(2, "--keep-age is '99999.00:00:00'; allowed: ", "channels", "create", "a", "--keep-age", "99999")]
    [InlineData(2, "--keep-age is '24:00:00'; write a time as DAYS.HH:MM:SS", "channels", "create", "a", "--keep-age", "24:00:00")]
    [InlineData(2, "1.00:00:00 is a day", "channels", "create", "a", "--keep-age", "12:60:00")]
    [InlineData(2, "1.00:00:00 is a day", "channels", "create", "a", "--keep-age", "")]
    [InlineData(1, "nofile.png: there is no such file", "publish", "a", "@nofile.png", "--create")]
    [InlineData(2, "Name files to publish", "publish", "a", "--create")]
    [InlineData(2, "The key '' is empty", "publish", "a", "@a.png", "--create", "--key", "")]
    [InlineData(2, "a.png', which is a file; name a folder.", "publish", "a", "--create", "--watch", "@a.png")]
    [InlineData(2, "--watch is ''; write the name of a folder.", "publish", "a", "--create", "--watch", "")]
    [InlineData(1, "nofolder': there is no such folder.", "publish", "a", "--create", "--watch", "@nofolder")]
    [InlineData(2, "--from bogus is none of start, now,", "channels", "tail", "a", "--from", "bogus")]
    [InlineData(2, "--from last:0 is none of start, now,", "subscribe", "a", "-o", "@o", "--create", "--from", "last:0")]
    [InlineData(2, "--count 0 is out of range; receive 1 or more.", "channels", "tail", "a", "--count", "0")]
    [InlineData(2, "--consumer is 'a b'; allowed: ", "subscribe", "a", "-o", "@o", "--consumer", "a b")]
    [InlineData(2, "SEQUENCE 0 is out of range; sequences begin at 1.", "consumers", "seek", "a", "b", "0")]
    [InlineData(2, "--quality 9 is out of range; photos has 0 to 8.", "encode", "@a.png", "-o", "@o", "-q", "9")]
    [InlineData(2, "--quality -1 is out of range; photos has 0 to 8.", "compare", "@a.png", "-q", "-1")]
    [InlineData(2, "--quality -1 is out of range; a model has", "publish", "a", "@a.png", "-q", "-1")]
    [InlineData(2, "--effort 9 is out of range; allowed are 0 to 8.", "encode", "@a.png", "-o", "@o", "--effort", "9")]
    [InlineData(2, "--effort -1 is out of range; allowed are 0 to 8.", "compare", "@a.png", "--effort", "-1")]
    [InlineData(2, "--effort 9 is out of range; allowed are 0 to 8.", "publish", "a", "@a.png", "--effort", "9")]
    [InlineData(2, "--effort is 'x'; write a whole number.", "encode", "@a.png", "-o", "@o", "--effort", "x")]
    [InlineData(2, "'A B' is not a channel's name", "channels", "create", "A B")]
    [InlineData(2, "a.png is a file; name a folder to write into.", "encode", "@a.png", "-o", "@a.png")]
    [InlineData(2, "The folder to write into is empty", "encode", "@a.png", "-o", "")]
    [InlineData(1, "a.code cannot be written: ", "encode", "@a.png", "-o", "@a.png/o")]
    [InlineData(2, "The name of a file is empty.", "encode", "", "-o", "@o")]
    [InlineData(1, "empty.png: The file has no bytes.", "encode", "@empty.png", "-o", "@o")]
    [InlineData(1, "folder is a folder; name a file.", "decode", "@folder", "-o", "@o")]
    [InlineData(1, "folder is a folder; name a file.", "inspect", "@folder")]
    [InlineData(1, "a.png: Invalid code: ", "inspect", "@a.png")]
    [InlineData(2, "The name of a model's file ends with .codec", "encode", "@a.png", "-o", "@o", "--model", "@a.png")]
    [InlineData(2, "The server is 'ftp://a/'; allowed: an absolute http or https address.", "models", "list", "--server", "ftp://a")]
    [InlineData(2, "The server is '127.0.0.1:5390'; write an address such as", "models", "list", "--server", "127.0.0.1:5390")]
    [InlineData(2, "no path, query, fragment or user.", "models", "list", "--server", "http://a/b")]
    [InlineData(2, "set --allow-clear-text", "models", "list", "--server", "http://a", "--api-key-file", "@key")]
    [InlineData(2, "--api-key-file is '", "models", "list", "--server", "https://a", "--api-key-file", "@missing")]
    [InlineData(2, "--ca is 'missing.pem', which cannot be used: ", "models", "list", "--server", "https://a", "--ca", "missing.pem")]
    [InlineData(2, "--client-certificate is '", "models", "list", "--server", "https://a", "--client-certificate", "@a.png")]
    [InlineData(
        2,
        "no private key, and there is no --client-key.",
        "models",
        "list",
        "--server",
        "https://a",
        "--client-certificate",
        "@a.png"
    )]
    [InlineData(2, "empty.png', which is empty; write the key", "models", "list", "--server", "https://a", "--api-key-file", "@empty.png")]
    [InlineData(2, "but there is no --client-certificate", "models", "list", "--server", "https://a", "--client-key", "@a.png")]
    [InlineData(2, "which does not use TLS; write https", "models", "list", "--server", "http://a", "--ca", "@a.png")]
    [InlineData(2, "Unknown option --qualty", "publish", "cams", "--qualty", "8", "@a.png")]
    [InlineData(2, "Unknown option -z", "encode", "@a.png", "-z", "-o", "@o")]
    [InlineData(2, "Unknown option --nosuch", "models", "show", "--nosuch")]
    [InlineData(2, "--output needs a value before --quality.", "encode", "@a.png", "--output", "--quality", "3")]
    [InlineData(2, "--output needs a value before -q.", "encode", "@a.png", "-o", "-q", "3")]
    [InlineData(2, "--server needs a value before --ca.", "models", "list", "--server", "--ca", "x")]
    [InlineData(2, "--listen needs a value before --data-directory.", "serve", "--listen", "--data-directory", "@o")]
    [InlineData(2, "--quality needs a value before --fit.", "publish", "a", "@a.png", "-q", "--fit", "cover")]
    [InlineData(1, "--nosuch.png: ", "encode", "-o", "@o", "--", "--nosuch.png")]
    [InlineData(2, "--api-key-file is '", "models", "list", "--api-key-file", "@folder")]
    public async Task Command_WrongInput_SaysWhatIsWrong(int exitCode, string message, params string[] arguments)
    {
        ToolRun run = await ToolRun.RunAsync([.. arguments.Select(argument => argument.Replace("@", _folder.Path + "/"))]);

        Assert.Equal((exitCode, ""), (run.ExitCode, run.Output));
        string line = Assert.Single(run.Errors);
        Assert.StartsWith("codec: ", line, StringComparison.Ordinal);
        Assert.Contains(message, line, StringComparison.Ordinal);
        Assert.DoesNotContain("(Parameter '", line, StringComparison.Ordinal);
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
