using System.CommandLine;
using Codec.Bench.Article;
using Codec.Bench.Faces;
using Codec.Client;
using Codec.Datasets;
using Spectre.Console;

namespace Codec.Bench;

/// <summary>The command line: <c>demo</c> and <c>suite</c>.</summary>
internal static class Commands
{
    public static RootCommand Create(IAnsiConsole console)
    {
        var output = new Option<DirectoryInfo>("--output") { Description = "Folder for the report.", DefaultValueFactory = _ => new DirectoryInfo("artifacts/demo") };
        var demo = new Command("demo", "Train on faces, publish, stream, decode locally, and compare with JPEG, WebP and AVIF.") { output };
        demo.SetAction((arguments, cancellation) => RunAsync(console, () => new Demo(console, arguments.GetValue(output)!.FullName).RunAsync(cancellation)));

        var name = new Argument<string>("name") { Description = "The suite: faces32 or article.", DefaultValueFactory = _ => "faces32" };
        var folder = new Option<DirectoryInfo>("--output") { Description = "Folder for the figures.", DefaultValueFactory = _ => new DirectoryInfo("artifacts/bench") };
        var model = new Option<FileInfo?>("--model") { Description = "A trained model file for faces32; trained first where left out." };
        var suite = new Command("suite", "Measure rate–distortion, speed and wire cost against peers in the same run.") { name, folder, model };
        name.AcceptOnlyFromAmong("faces32", "article");
        suite.SetAction((arguments, cancellation) => RunAsync(console, () => arguments.GetValue(name) switch
        {
            "article" => new ArticleSuite(console, arguments.GetValue(folder)!.FullName).RunAsync(cancellation),
            _ => new Faces32Suite(console, arguments.GetValue(folder)!.FullName, arguments.GetValue(model)?.FullName).RunAsync(cancellation),
        }));

        return new RootCommand("The demo and the benchmarks of Codec.") { demo, suite };
    }

    private static async Task<int> RunAsync(IAnsiConsole console, Func<Task> work)
    {
        try
        {
            await work();
            return 0;
        }
        catch (OperationCanceledException)
        {
            console.WriteLine("Stopped.");
            return 130;
        }
        catch (Exception exception) when (exception is BenchException or CodecException or DatasetException or InvalidModelException or IOException)
        {
            await Console.Error.WriteLineAsync($"bench: {exception.Message}");
            return 1;
        }
    }
}

/// <summary>Something that the run depends on failed; the message says what.</summary>
internal sealed class BenchException(string message) : Exception(message);
