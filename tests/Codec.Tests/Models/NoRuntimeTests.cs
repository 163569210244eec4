using System.Runtime.InteropServices;
using CliWrap.Buffered;
using Codec.Models;
using Codec.Onnx;
using Codec.Tests.Shared;
using Codec.Tests.Shared.Processes;

namespace Codec.Tests.Models;

/// <summary>
/// Runs a separate program without ONNX Runtime's native library, or with another platform's: linear models work, and a network's message
/// names the missing library.
/// </summary>
public sealed class NoRuntimeTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    public enum Library
    {
        Missing,
        Foreign,
    }

    [Theory]
    [InlineData("photos")]
    [InlineData("faces-64")]
    public async Task Run_LinearModel_GivesTheBytesOfThisProcess(string name)
    {
        string path = Path.Combine(AppContext.BaseDirectory, "models", $"{name}.codec");
        using CodecModel model = CodecModel.Load(ModelPackage.Load(path));

        string[] lines = await RunAsync(Library.Missing, path);

        Assert.Equal([GoldenRun.Decode(model), GoldenRun.Encode(model), "ONNX Runtime was not touched"], lines);
    }

    [Theory]
    [InlineData(Library.Missing)]
    [InlineData(Library.Foreign)]
    public async Task Run_NetworkHead_FailsWithAMessageThatSaysWhatToDo(Library library)
    {
        string[] lines = await RunAsync(library, Save(SmallModel.Create("network-head", networkHead: true)));

        AssertUnavailable("head image", lines[0]);
        Assert.Equal("ONNX Runtime was touched", lines[1]);
    }

    [Fact]
    public async Task Run_NetworkEncoder_DecodesAndFailsWhereItEncodes()
    {
        ModelPackage package = SmallModel.Create("network-encoder", networkEncoder: true);
        using CodecModel model = CodecModel.Load(package);

        string[] lines = await RunAsync(Library.Missing, Save(package));

        Assert.Equal(GoldenRun.Decode(model), lines[0]);
        AssertUnavailable("encoder", lines[1]);
    }

    [Fact]
    public async Task Run_NetworkHead_WithTheLibrary_GivesTheBytesOfThisProcess()
    {
        ModelPackage package = SmallModel.Create("network-head", networkHead: true);
        using CodecModel model = CodecModel.Load(package, OnnxNetworkRuntime.Instance);

        string[] lines = await RunAsync(library: null, Save(package));

        Assert.Equal([GoldenRun.Decode(model), GoldenRun.Encode(model), "ONNX Runtime was touched"], lines);
    }

    public void Dispose() => _folder.Dispose();

    private static void AssertUnavailable(string role, string line)
    {
        Assert.StartsWith(
            $"unavailable: The {role} is a network. ONNX Runtime's native library cannot be loaded on",
            line,
            StringComparison.Ordinal
        );
        Assert.Contains(RuntimeInformation.RuntimeIdentifier, line, StringComparison.Ordinal);
        Assert.Contains("faces-32, faces-64, photos", line, StringComparison.Ordinal);
        Assert.Contains("Microsoft.ML.OnnxRuntime", line, StringComparison.Ordinal);
    }

    private string Save(ModelPackage package)
    {
        string path = _folder.File($"{package.Manifest.Name}.codec");
        package.Save(path);
        return path;
    }

    /// <summary>Runs the program in a copy of its output folder.</summary>
    /// <param name="library">What replaces the native library; null leaves it in place.</param>
    /// <param name="model">The model file for the program to run.</param>
    /// <returns>The lines that the program writes.</returns>
    private async Task<string[]> RunAsync(Library? library, string model)
    {
        string program = _folder.File("program");
        ProgramCopy.Make(Repository.OutputFolder("tests/NoRuntime.Program"), program);
        if (library is { } state)
            ProgramCopy.RemoveRuntime(program, state is Library.Foreign ? "A library of another platform." : null);
        BufferedCommandResult result = await Programs
            .Dotnet(Path.Combine(program, "NoRuntime.Program.dll"), model)
            .RunAsync(TestContext.Current.CancellationToken);
        Assert.Equal("", result.StandardError);
        Assert.Equal(0, result.ExitCode);
        return result.StandardOutput.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    }
}
