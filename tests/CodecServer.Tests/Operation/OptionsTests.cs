using System.ComponentModel.DataAnnotations;
using Codec.Server;
using Codec.Server.Options;
using Codec.Tests.Shared;
using CodecServer.Tests.Infrastructure;
using Microsoft.Extensions.Configuration;

namespace CodecServer.Tests.Operation;

public sealed class OptionsTests
{
    [Theory]
    [InlineData(
        "--drain-seconds",
        "0",
        "Codec:DrainSeconds is '0'; it must be 1 to 300. Correct --drain-seconds, or Codec__DrainSeconds in the environment."
    )]
    [InlineData("--drain-seconds", "long", "Codec:DrainSeconds is 'long'; it must be 1 to 300.")]
    [InlineData("--max-blob-bytes", "1e3", "Codec:Store:MaxBlobBytes is '1e3'; it must be 1 to 536870912.")]
    [InlineData("--Codec:Store:AcceptLoss", "maybe", "Codec:Store:AcceptLoss is 'maybe'; it must be true or false.")]
    [InlineData("--store", "paper", "Codec:Store:Kind is 'paper'; it must be one of: embedded. Correct --store, or")]
    [InlineData("--Codec:DrainSecond", "3", "Codec:DrainSecond (Codec__DrainSecond in the environment) is not an option of the server.")]
    [InlineData("--Codec:Limits:Connections", "3", "The nearest is Codec:Limits:MaxConnections (--max-connections, or")]
    [InlineData(
        "--Codec:Nonsense",
        "3",
        "Codec:Nonsense (Codec__Nonsense in the environment) is not an option of the server; --help lists all."
    )]
    [InlineData("--Codec:Kestrel:Url", "3", "Codec:Kestrel:Url (Codec__Kestrel__Url in the environment) is not an option")]
    [InlineData("--max-batch", "1025", "Codec:Coding:MaxBatch is '1025'; it must be 1 to 1024")]
    [InlineData("--max-loaded", "-1", "Codec:Models:MaxLoaded is '-1'; it must be 1 to 1024")]
    [InlineData("--codes-per-frame", "5000", "Codec:Channels:CodesPerFrame is '5000'; it must be 1 to 4096")]
    [InlineData("--max-blob-bytes", "0", "Codec:Store:MaxBlobBytes is '0'; it must be 1 to 536870912")]
    [InlineData("--data-directory", "", "Codec:Store:DataDirectory is ''; it must be not empty")]
    [InlineData("--listen", "localhost", "Codec:Listen is 'localhost'; it must be an http or https URL with an IP address, localhost or *")]
    [InlineData("--listen", "http://codec.example:5080", "it must be an http or https URL with an IP address, localhost or *")]
    [InlineData("--listen", "http://localhost:0", "has no port 0")]
    [InlineData(
        "--operations-listen",
        "https://127.0.0.1:5081",
        "Codec:Operations:Listen is 'https://127.0.0.1:5081'; it must be empty, or an http URL"
    )]
    [InlineData(
        "--bytes-in-flight",
        "16777216",
        "Codec:MaxMessageBytes is 25165824, but Codec:Limits:BytesInFlight is 16777216: one message may not have more bytes than all together. "
            + "Lower --max-message-bytes, or Codec__MaxMessageBytes in the environment, or raise --bytes-in-flight, or"
    )]
    [InlineData("--listen", "http://127.0.0.1:65536", "a port of 0 to 65535")]
    [InlineData("--listen", "http://127.0.0.1:5080/path", "without a path")]
    public async Task StartAsync_OptionOutsideItsRange_NamesTheRange(string option, string value, string expected)
    {
        using var directory = new TemporaryDirectory();

        ArgumentException exception = await Assert.ThrowsAsync<ArgumentException>(() =>
            TestServer.StartAsync([option, value], directory.Path)
        );

        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://127.0.0.1:0", true)]
    [InlineData("http://*:5080/", true)]
    [InlineData("http://127.0.0.1:40123", true)]
    [InlineData("https://localhost:65535", true)]
    [InlineData("http://127.0.0.1:65536", false)]
    [InlineData("http://127.0.0.1:70000", false)]
    [InlineData("http://127.0.0.1:5080/path", false)]
    public void Listen_PortOfAnyLength_IsValidUpTo65535(string listen, bool isValid)
    {
        var options = new ServerOptions { Listen = listen };

        Assert.Equal(isValid, Validator.TryValidateObject(options, new ValidationContext(options), null, validateAllProperties: true));
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("-h")]
    [InlineData("--listen", "http://127.0.0.1:0", "--help", "--unknown")]
    public void TryAnswer_Help_NamesEveryOptionWithKeyDefaultAndRange(params string[] args)
    {
        string help = string.Join(' ', Answer(args)!.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

        foreach (OptionEntry option in OptionCatalog.All)
        {
            Assert.Contains($" {option.Switch} ", help, StringComparison.Ordinal);
            Assert.Contains($"Key: {option.Key}.", help, StringComparison.Ordinal);
            Assert.Contains(option.Range, help, StringComparison.OrdinalIgnoreCase);
        }

        Assert.Contains(
            "--max-batch <value> Maximum number of images in one batch, and in one message. 1 to 1024. Default: 16. "
                + "Key: Codec:Coding:MaxBatch.",
            help,
            StringComparison.Ordinal
        );
        Assert.Contains(" --health-check ", help, StringComparison.Ordinal);
        Assert.Equal(OptionCatalog.All.Count, OptionCatalog.All.Select(option => option.Switch).Distinct().Count());
    }

    [Fact]
    public void TryAnswer_Version_IsOneLine() => Assert.Matches(@"^codec-server \d+\.\d+\.\d+[^\n]*$", Answer("--version")!.TrimEnd());

    [Fact]
    public void TryAnswer_Otherwise_IsFalse()
    {
        Assert.Null(Answer("--listen", "http://127.0.0.1:0"));
        Assert.Null(Answer());
    }

    [Fact]
    public void Parse_HealthCheck_KeepsTheOtherOptions()
    {
        var parsed = CommandLine.Parse(["--health-check", "--listen", "http://*:5081"]);

        Assert.True(parsed.IsHealthCheck);
        Assert.Equal("http://*:5081", parsed.Settings["Codec:Listen"]);
        var empty = CommandLine.Parse([]);
        Assert.Equal((false, 0), (empty.IsHealthCheck, empty.Settings.Count));
    }

    [Fact]
    public void Parse_BackupAndRestore_AreCommandsWithTheStoresOptions()
    {
        var backup = CommandLine.Parse(["backup", "/backups", "--keep", "7", "--data-directory", "/d"]);
        var restore = CommandLine.Parse(["--data-directory", "/d", "restore", "/backups"]);

        Assert.Equal(
            ("/backups", 7, null, "/d"),
            (backup.BackupFolder, backup.Keep, backup.RestoreFolder, backup.Settings["Codec:Store:DataDirectory"])
        );
        Assert.Equal(
            (null, null, "/backups", "/d"),
            (restore.BackupFolder, restore.Keep, restore.RestoreFolder, restore.Settings["Codec:Store:DataDirectory"])
        );
        Assert.True(backup.WorksOnStore && restore.WorksOnStore);
        Assert.False(CommandLine.Parse([]).WorksOnStore);
        Assert.Null(CommandLine.Parse(["backup", "/backups"]).Keep);
        Assert.Contains(" --keep <count> ", Answer("backup", "--help"), StringComparison.Ordinal);
    }

    /// <summary>The page that users read must have the options that the server has; the command in its first line writes it.</summary>
    [Fact]
    public void ConfigurationReference_Page_IsUpToDate()
    {
        using var written = new StringWriter();
        ConfigurationReference.Write(written);

        Assert.Equal(written.ToString(), File.ReadAllText(Repository.PathOf("docs", "configuration.md")).ReplaceLineEndings("\n"));
        Assert.True(CommandLine.Parse(["--configuration-reference"]).IsReference);
    }

    /// <summary>A key of the environment or of a file may be written in any case.</summary>
    [Fact]
    public void Problems_KeyInOtherCase_IsKnown()
    {
        IConfigurationRoot configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(new Dictionary<string, string?> { ["codec:limits:maxconnections"] = "7" })
            .Build();

        Assert.Empty(OptionCheck.Problems(configuration));
        Assert.Equal(7, OptionCatalog.Read<LimitOptions>(configuration).MaxConnections);
    }

    [Fact]
    public void Parse_Switches_BecomeConfiguration()
    {
        IReadOnlyDictionary<string, string?> settings = CommandLine
            .Parse([
                "--data-directory",
                "/d",
                "--max-batch=7",
                "--json-logs",
                "--address-file",
                "a",
                "--Logging:LogLevel:Default",
                "Debug",
                "--Logging:LogLevel:Grpc=a=b",
                "--shipped-models",
                "",
            ])
            .Settings;

        Assert.Equal(
            new Dictionary<string, string?>
            {
                ["Codec:Store:DataDirectory"] = "/d",
                ["Codec:Coding:MaxBatch"] = "7",
                ["Codec:JsonLogs"] = "true",
                ["Codec:AddressFile"] = "a",
                ["Logging:LogLevel:Default"] = "Debug",
                ["Logging:LogLevel:Grpc"] = "a=b",
                ["Codec:Models:ShippedModels"] = "",
            },
            settings
        );
        Assert.Equal("false", CommandLine.Parse(["--json-logs", "false"]).Settings["Codec:JsonLogs"]);
    }

    [Theory]
    [InlineData("--unknown", "1")]
    [InlineData("stray")]
    [InlineData("--max-batch")]
    [InlineData("--max-batch", "--json-logs")]
    [InlineData("--max-batch", "7", "8")]
    [InlineData("--json-logs", "stray")]
    [InlineData("--Logging:LogLevel:Default")]
    [InlineData("backup")]
    [InlineData("backup", "a", "b")]
    [InlineData("backup", "a", "--keep", "0")]
    [InlineData("backup", "a", "--keep", "many")]
    [InlineData("backup", "a", "--max-batch", "7")]
    [InlineData("restore", "a", "--keep", "7")]
    [InlineData("backup", "--nosuch")]
    [InlineData("backup", "-n")]
    [InlineData("backup", "a", "--data-directory", "--keep")]
    [InlineData("restore", "--nosuch")]
    [InlineData("keys", "revoke", "--nosuch")]
    [InlineData("keys", "create", "--nosuch", "--role", "admin")]
    [InlineData("keys", "create", "a", "--role", "--file", "b")]
    [InlineData("keys", "list", "--file", "--json")]
    [InlineData("keys", "list", "--nosuch")]
    [InlineData("--data-directory", "--json-logs", "restore", "a")]
    public void Parse_Wrong_PointsToHelp(params string[] args)
    {
        ArgumentException exception = Assert.Throws<ArgumentException>(() => CommandLine.Parse(args));

        Assert.Contains("--help", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("'--max-batch 7' and '--max-batch 8' both set Codec:Coding:MaxBatch", "--max-batch", "7", "--max-batch=8")]
    [InlineData("'--max-batch 7' and '--max-batch 7'", "--max-batch", "7", "--max-batch", "7")]
    [InlineData("'--max-batch 7' and '--Codec:Coding:MaxBatch 8'", "--Codec:Coding:MaxBatch", "8", "--max-batch", "7")]
    [InlineData("'--Codec:Coding:MaxBatch 7' and '--codec:coding:maxbatch 8'", "--Codec:Coding:MaxBatch=7", "--codec:coding:maxbatch=8")]
    [InlineData("'--json-logs false' and '--json-logs' both set Codec:JsonLogs", "--json-logs", "--json-logs", "false")]
    [InlineData("'--data-directory a' and '--data-directory b'", "--data-directory", "a", "keys", "list", "--data-directory", "b")]
    [InlineData("'--Logging:LogLevel:Default Debug' and", "--Logging:LogLevel:Default", "Debug", "--logging:loglevel:default", "None")]
    public void Parse_OneOptionTwice_IsRefusedWithBothSpellings(string expected, params string[] args)
    {
        ArgumentException exception = Assert.Throws<ArgumentException>(() => CommandLine.Parse(args));

        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void RequireOneInEnvironment_TwoVariablesOfOneOption_AreRefused()
    {
        var variables = new Dictionary<string, string> { ["PATH"] = "", ["Codec__DrainSeconds"] = "1" };
        Spellings.RequireOneInEnvironment(variables);
        variables["CODEC__DRAINSECONDS"] = "2";

        ArgumentException exception = Assert.Throws<ArgumentException>(() => Spellings.RequireOneInEnvironment(variables));

        Assert.Contains("'CODEC__DRAINSECONDS' and 'Codec__DrainSeconds'", exception.Message, StringComparison.Ordinal);
    }

    /// <summary>Returns what the command line answers without starting the server; null if the server would start.</summary>
    private static string? Answer(params string[] args)
    {
        using var output = new StringWriter();
        return CommandLine.Parse(args).TryAnswer(output) ? output.ToString() : null;
    }
}
