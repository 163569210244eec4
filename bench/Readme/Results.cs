using System.Text.Json;
using Codec.Bench.Report;

namespace Codec.Bench.Readme;

/// <summary>The figures in <c>bench/results</c>, which README and docs quote: one file for each suite, as the suite wrote it.</summary>
internal sealed class Results
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    private readonly Dictionary<string, Figure> _figures;

    private Results(IReadOnlyList<(string Suite, Figure[] Figures)> suites)
    {
        Suites = suites;
        _figures = suites.SelectMany(suite => suite.Figures).ToDictionary(figure => figure.Name);
    }

    /// <summary>The suites by name, each with its figures in their order.</summary>
    public IReadOnlyList<(string Suite, Figure[] Figures)> Suites { get; }

    /// <summary>A figure by its name.</summary>
    /// <exception cref="BenchException">No suite has it.</exception>
    public Figure this[string name] =>
        _figures.TryGetValue(name, out Figure? figure)
            ? figure
            : throw new BenchException($"bench/results has no figure {name}; measure its suite: make results SUITE={name.Split('.')[0]}.");

    /// <summary>Reads all files of a folder.</summary>
    public static Results Load(string folder) =>
        new([
            .. Directory
                .GetFiles(folder, "*.json")
                .Order(StringComparer.Ordinal)
                .Select(file =>
                    (Path.GetFileNameWithoutExtension(file), JsonSerializer.Deserialize<Figure[]>(File.ReadAllText(file), Json)!)
                ),
        ]);
}
