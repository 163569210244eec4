using System.Diagnostics;
using System.Globalization;
using Codec.Bench.Report;
using Codec.Bench.Timing;
using Codec.Tests.Shared;
using Codec.Tests.Shared.Processes;

namespace Codec.Bench.Sdk;

/// <summary>Programs that are compiled ahead of time: how large a subscriber is, and how long the command line takes to start.</summary>
internal static class NativePrograms
{
    private const int Rounds = 25;
    private const double MostBytes = 12_000_000;
    private const double MostMilliseconds = 100;

    /// <summary>Compiles the programs into a folder, where an earlier run may have left them, and measures them.</summary>
    public static async Task<Figure[]> MeasureAsync(string folder, CancellationToken cancellationToken)
    {
        if (AheadOfTime.Absence is { } reason)
            throw new BenchException(reason);
        string subscriber = Path.Combine(folder, "subscriber"),
            tool = Path.Combine(folder, "tool");
        await AheadOfTime.PublishAsync(
            Repository.PathOf("samples", "AotSubscriber", "AotSubscriber.csproj"),
            subscriber,
            cancellationToken
        );
        await AheadOfTime.PublishAsync(Repository.PathOf("src", "Codec.Tool", "Codec.Tool.csproj"), tool, cancellationToken);
        long bytes = Directory.GetFiles(subscriber).Sum(file => new FileInfo(file).Length);
        return
        [
            new Figure(
                "sdk.aot_bytes",
                bytes,
                "bytes",
                Text($"the sample AotSubscriber, all files; at most {MostBytes:N0}"),
                bytes / MostBytes
            ),
            Start(Path.Combine(tool, "codec")),
        ];
    }

    /// <summary>The time from the start of a process that writes its help until its end.</summary>
    private static Figure Start(string program)
    {
        string assembly = Programs.PathOf("src/Codec.Tool", "Codec.Tool");
        var native = new List<double>();
        var managed = new List<double>();
        for (int round = 0; round < Rounds; round++)
        {
            native.Add(Time(program, "--help"));
            managed.Add(Time("dotnet", assembly, "--help"));
        }

        double median = Quantile.Of(native, 0.5);
        return new Figure(
            "cli.start_ms",
            median,
            "ms, median",
            Text($"the .NET tool: {Quantile.Of(managed, 0.5):0} ms; at most {MostMilliseconds:0} ms"),
            median / MostMilliseconds
        );
    }

    private static double Time(string program, params string[] arguments)
    {
        long start = Stopwatch.GetTimestamp();
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? Stopwatch.GetElapsedTime(start).TotalMilliseconds
            : throw new BenchException($"{program} ended with exit status {process.ExitCode}.");
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
