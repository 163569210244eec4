using System.CommandLine;
using Codec.Bench.Abuse;
using Codec.Bench.Article;
using Codec.Bench.Faces;
using Codec.Bench.Load;
using Codec.Bench.Photos;
using Codec.Bench.Pictures;
using Codec.Bench.Readme;
using Codec.Bench.Sdk;
using Codec.Bench.Streams;
using Codec.Bench.Training;
using Codec.Client;
using Codec.Datasets;
using Codec.Errors;
using Codec.Tests.Abuse;
using Codec.Tests.Shared;
using Codec.Tests.Shared.Processes;
using Spectre.Console;

namespace Codec.Bench;

/// <summary>The command line: <c>demo</c>, <c>suite</c>, and <c>decode</c>, which a suite runs in a child process.</summary>
internal static class Commands
{
    private static readonly string[] Suites =
    [
        "faces32",
        "photos",
        "article",
        "stream",
        "sdk",
        "load",
        "abuse",
        "picture",
        "training",
        "tuning",
    ];

    public static RootCommand Create(IAnsiConsole console)
    {
        var output = new Option<DirectoryInfo>("--output")
        {
            Description = "Folder for the report.",
            DefaultValueFactory = _ => new DirectoryInfo("artifacts/demo"),
        };
        var images = new Option<DirectoryInfo?>("--images")
        {
            Description = "A folder of your own pictures, to stream with the model photos.",
        };
        var longest = new Option<int>("--longest")
        {
            Description = "Longest side in pixels; larger pictures are scaled down first.",
            DefaultValueFactory = _ => 2048,
        };
        longest.Validators.Add(result =>
        {
            if (result.GetValue(longest) is < 1 or > PictureDemo.MaxSide)
                result.AddError($"--longest {result.GetValue(longest)} is out of range; 1 to {PictureDemo.MaxSide} pixels are allowed.");
        });
        var demo = new Command(
            "demo",
            "Train on faces, publish, stream, decode locally, and compare with JPEG, WebP and AVIF; or stream your own pictures."
        )
        {
            output,
            images,
            longest,
        };
        demo.SetAction(
            (arguments, cancellationToken) =>
            {
                string report = arguments.GetValue(output)!.FullName;
                return RunAsync(
                    console,
                    () =>
                        arguments.GetValue(images) is { } pictures
                            ? new PictureDemo(console, pictures.FullName, arguments.GetValue(longest), report).RunAsync(cancellationToken)
                            : new Demo(console, report).RunAsync(cancellationToken)
                );
            }
        );

        var name = new Argument<string>("name")
        {
            Description = $"The suite: {string.Join(" or ", Suites)}.",
            DefaultValueFactory = _ => Suites[0],
        };
        name.AcceptOnlyFromAmong([.. Suites]);
        var folder = new Option<DirectoryInfo>("--output")
        {
            Description = "Folder for the figures.",
            DefaultValueFactory = _ => new DirectoryInfo("artifacts/bench"),
        };
        var model = new Option<FileInfo?>("--model")
        {
            Description = "A trained model file. By default faces32 and load train one, and photos uses models/photos.codec.",
        };
        var faces = new Option<FileInfo?>("--faces-model")
        {
            Description = "The model file for 64×64 faces in photos; models/faces-64.codec by default.",
        };
        var attack = new Option<string?>("--attack")
        {
            Description =
                $"In abuse, one attack alone: {string.Join(", ", Attack.All.Select(attack => attack.Name))}; "
                + $"or {AbuseSuite.ByNumber}, those by number.",
        };
        attack.AcceptOnlyFromAmong([.. Attack.All.Select(attack => attack.Name), AbuseSuite.ByNumber]);
        var part = new Option<string?>("--part") { Description = $"In load, one part alone: {string.Join(", ", LoadSuite.Parts)}." };
        part.AcceptOnlyFromAmong([.. LoadSuite.Parts]);
        var suite = new Command("suite", "Measure rate–distortion, speed and wire cost against peers in the same run.")
        {
            name,
            folder,
            model,
            faces,
            attack,
            part,
        };
        suite.SetAction(
            (arguments, cancellationToken) =>
            {
                string output = arguments.GetValue(folder)!.FullName;
                string? given = arguments.GetValue(model)?.FullName;
                return RunAsync(
                    console,
                    () =>
                        arguments.GetValue(name) switch
                        {
                            "stream" => new StreamSuite(console, output).RunAsync(cancellationToken),
                            "sdk" => new SdkSuite(console, output).RunAsync(cancellationToken),
                            "picture" => new PictureSuite(console, output, given ?? Shipped("photos.codec")).RunAsync(cancellationToken),
                            "abuse" => new AbuseSuite(console, output, arguments.GetValue(attack)).RunAsync(cancellationToken),
                            "load" => new LoadSuite(console, output, given, arguments.GetValue(part)).RunAsync(cancellationToken),
                            "training" => new TrainingSuite(console, output, given ?? Shipped("photos.codec")).RunAsync(cancellationToken),
                            "tuning" => new TuningSuite(console, output, given ?? Shipped("photos.codec")).RunAsync(cancellationToken),
                            "article" => new ArticleSuite(console, output).RunAsync(cancellationToken),
                            "photos" => new PhotosSuite(
                                console,
                                output,
                                given ?? Shipped("photos.codec"),
                                arguments.GetValue(faces)?.FullName ?? Shipped("faces-64.codec")
                            ).RunAsync(cancellationToken),
                            _ => new Faces32Suite(console, output, given).RunAsync(cancellationToken),
                        }
                );
            }
        );

        var frame = new Argument<FileInfo>("frame") { Description = "A file with one frame." };
        var decoder = new Option<FileInfo>("--model") { Description = "The model file.", Required = true };
        var repetitions = new Option<int>("--repetitions") { Description = "How often to decode it again; the fastest counts." };
        var decode = new Command(
            "decode",
            "Decode a frame; print the peak memory of the process in bytes, and the milliseconds that decoding took."
        )
        {
            frame,
            decoder,
            repetitions,
        };
        decode.SetAction(
            (arguments, _) =>
                RunAsync(
                    console,
                    () =>
                    {
                        string framePath = arguments.GetValue(frame)!.FullName,
                            modelPath = arguments.GetValue(decoder)!.FullName;
                        console.WriteLine(DecodeMemory.Decode(framePath, modelPath, arguments.GetValue(repetitions)));
                        return Task.CompletedTask;
                    }
                )
        );

        var readme = new Command("readme", "Write the figures of bench/results into README and docs.");
        readme.SetAction(
            (_, cancellationToken) =>
                RunAsync(
                    console,
                    async () =>
                    {
                        Results results = Results.Load(Repository.PathOf("bench", "results"));
                        foreach (string path in Document.Paths)
                        {
                            string text = Document.Render(Repository.Read(path), results);
                            await File.WriteAllTextAsync(Repository.PathOf(path), text, cancellationToken);
                        }
                    }
                )
        );

        return new RootCommand("The demo and the benchmarks of Codec.") { demo, suite, readme, decode };
    }

    private static string Shipped(string model) => Repository.PathOf("models", model);

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
        catch (Exception exception)
            when (exception
                    is BenchException
                        or ProgramException
                        or CodecException
                        or DatasetException
                        or InvalidModelException
                        or InvalidCodeException
                        or IOException
            )
        {
            await Console.Error.WriteLineAsync($"bench: {exception.Message}");
            return 1;
        }
    }
}

/// <summary>A benchmark cannot continue; the message states the reason.</summary>
internal sealed class BenchException(string message) : Exception(message);
