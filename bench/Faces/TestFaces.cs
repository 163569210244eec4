using Codec.Datasets;
using Spectre.Console;

namespace Codec.Bench.Faces;

/// <summary>The held-out faces, found as the trainer finds them.</summary>
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
