using Codec.Bench.Processes;
using Codec.Bench.Report;
using Codec.Client;
using Spectre.Console;

namespace Codec.Bench.Sdk;

/// <summary>
/// Measures what the SDK costs the application that uses it: programs that are compiled ahead of time, memory and speed of a subscription,
/// the time to the first image, and the time to the first image of a new version. A real server process on the loopback interface has the
/// shipped <c>faces-64</c>; no data set is needed.
/// </summary>
internal sealed class SdkSuite(IAnsiConsole console, string output)
{
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(output);
        console.WriteLine("Compiling a subscriber and the command line ahead of time…");
        var figures = new List<Figure>();
        figures.AddRange(await NativePrograms.MeasureAsync(Path.Combine(output, "native"), cancellationToken));
        console.WriteLine("A server process on this machine; its clients run here…");
        await using (ServiceProcess service = await ServiceProcess.StartAsync(Path.Combine(output, "service"), cancellationToken))
        using (CodecClient client = service.Connect(new SocketCounter()))
        {
            FaceChannel faces = await FaceChannel.FillAsync(client, cancellationToken);
            figures.AddRange(await Receiving.MeasureAsync(client, faces, cancellationToken));
            figures.Add(await FirstImage.MeasureAsync(service.Address, faces, output, cancellationToken));
            figures.Add(await Swapping.MeasureAsync(service.Address, faces, output, cancellationToken));
        }

        await FigureTable.WriteAsync(console, figures, Path.Combine(output, "sdk.json"), cancellationToken);
    }
}
