using Codec.Datasets;
using Spectre.Console;

namespace Codec.Bench.Faces;

/// <summary>Loads the held-out faces from where the trainer finds them.</summary>
internal static class TestFaces
{
    public static async Task<ImageSet> LoadAsync(IAnsiConsole console, CancellationToken cancellationToken)
    {
        using HttpClient http = DataLocator.CreateHttpClient();
        LocatedData located = await new DataLocator(http).LocateAsync(NamedDataset.Faces, cancellationToken: cancellationToken);
        console.WriteLine(located.Notice);
        return Dataset.Load(located.Source, cancellationToken: cancellationToken).Test;
    }
}
