using System.Text.RegularExpressions;
using Mono.Cecil;
using NetArchTest.Rules;

namespace Architecture.Tests;

/// <summary>
/// Rules of src/Codec: folders depend on each other in one direction only, and the assembly on none of our other assemblies.
/// </summary>
public sealed partial class CodecRules
{
    private const string Root = "";

    /// <summary>
    /// The folders of src/Codec from the bottom to the façade at the root, each with the folders that its files reference. A row names only
    /// rows above it.
    /// </summary>
    private static readonly (string Folder, string[] References)[] Allowed =
    [
        ("Errors", []),
        ("Simd", []),
        ("Images", []),
        ("Binary", ["Errors"]),
        ("Models", ["Binary", "Errors", "Images"]),
        ("Networks", ["Errors"]),
        ("Onnx", ["Errors", "Images", "Models"]),
        ("Transforms", ["Errors", "Images", "Networks", "Onnx", "Simd"]),
        ("Perception", ["Images"]),
        ("Filtering", ["Binary", "Errors", "Images", "Models", "Simd", "Transforms"]),
        ("Entropy", ["Binary", "Errors", "Images", "Models"]),
        ("Quantization", ["Entropy", "Models", "Simd"]),
        (
            "Schemes",
            ["Binary", "Entropy", "Errors", "Filtering", "Images", "Models", "Onnx", "Perception", "Quantization", "Simd", "Transforms"]
        ),
        ("Frames", ["Binary", "Errors", "Images", "Models", "Schemes"]),
        (Root, ["Errors", "Frames", "Images", "Models", "Networks", "Schemes", "Simd", "Transforms"]),
    ];

    public static TheoryData<string> Folders => [.. Allowed.Select(row => row.Folder)];

    [Fact]
    public void Allowed_EachRow_NamesOnlyRowsAboveIt()
    {
        for (int row = 0; row < Allowed.Length; row++)
            Assert.Empty(Allowed[row].References.Except(Allowed[..row].Select(above => above.Folder)));
    }

    [Fact]
    public void Folders_OfTheSource_AreThoseOfTheTable() =>
        Assert.Equal(Allowed.Select(row => row.Folder).Order(), Files().Select(file => file.Folder).Distinct().Order());

    [Theory]
    [MemberData(nameof(Folders))]
    public void Usings_OfAFoldersFiles_AreTheAllowedReferences(string folder) =>
        Assert.Equal(
            Allowed.Single(row => row.Folder == folder).References.Order(),
            Files()
                .Where(file => file.Folder == folder)
                .SelectMany(file => Using().Matches(file.Text).Select(match => match.Groups[1].Value))
                .Where(used => used != folder)
                .Distinct()
                .Order()
        );

    /// <summary>Finds references that no using shows: qualified names, and the façade, whose namespace encloses all others.</summary>
    [Theory]
    [MemberData(nameof(Folders))]
    public void Types_OfAFolder_DependOnTheAllowedReferences(string folder)
    {
        string[] allowed = Allowed.Single(row => row.Folder == folder).References;
        IEnumerable<string> forbidden = Allowed
            .Select(row => row.Folder)
            .Except([.. allowed, folder, Root])
            .Select(other => $"Codec.{other}");
        if (folder != Root)
            forbidden = forbidden.Concat(FacadeTypes());
        PredicateList types = OurAssemblies
            .TypesOf("Codec")
            .That()
            .ResideInNamespaceMatching(folder == Root ? "^Codec$" : $@"^Codec\.{folder}(\.|$)");
        NetArchTest.Rules.TestResult result = types.ShouldNot().HaveDependencyOnAny([.. forbidden]).GetResult();
        Assert.True(result.IsSuccessful, $"Forbidden references in: {string.Join(", ", result.FailingTypeNames ?? [])}");
    }

    [Fact]
    public void Namespace_OfEachFile_IsItsFolder() =>
        Assert.All(Files(), file => Assert.Contains($"\nnamespace {file.Namespace};", "\n" + file.Text, StringComparison.Ordinal));

    [Fact]
    public void Assembly_ReferencesNothingOfOursAndNoServerOrTrainer()
    {
        string[] references = OurAssemblies.ReferencesOf("Codec");
        Assert.Contains("Google.Protobuf", references);
        Assert.DoesNotContain(references, name => OurAssemblies.Names.Values.Contains(name));
        Assert.All(["Grpc", "Microsoft.AspNetCore", "Microsoft.ML.OnnxRuntime", "TorchSharp"], OurAssemblies.AssertNone(references));
    }

    private static IEnumerable<string> FacadeTypes()
    {
        using AssemblyDefinition assembly = OurAssemblies.Read("Codec");
        return [.. assembly.MainModule.Types.Where(type => type.Namespace == "Codec").Select(type => type.FullName)];
    }

    private static IEnumerable<(string Folder, string Namespace, string Text)> Files()
    {
        string root = Path.Combine(OurAssemblies.Source, "Codec");
        foreach (string path in Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories))
        {
            string[] parts = Path.GetDirectoryName(Path.GetRelativePath(root, path))!.Split(Path.DirectorySeparatorChar);
            if (parts[0] is not ("bin" or "obj"))
                yield return (parts[0], string.Join('.', parts.Prepend("Codec").Where(part => part.Length > 0)), File.ReadAllText(path));
        }
    }

    [GeneratedRegex(@"^using Codec\.(\w+)[\w.]*;", RegexOptions.Multiline)]
    private static partial Regex Using();
}
