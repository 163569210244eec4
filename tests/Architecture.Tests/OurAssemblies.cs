using Codec.Tests.Shared;
using Mono.Cecil;
using NetArchTest.Rules;

namespace Architecture.Tests;

/// <summary>Reads our assemblies, as built by their projects, as files; they are never loaded.</summary>
internal static class OurAssemblies
{
    /// <summary>Names of the assemblies, by folder in src.</summary>
    public static IReadOnlyDictionary<string, string> Names { get; } =
        new Dictionary<string, string>
        {
            ["Codec"] = "Codec",
            ["Codec.CommandLine"] = "Codec.CommandLine",
            ["Codec.Datasets"] = "Codec.Datasets",
            ["Codec.Imaging"] = "Codec.Imaging",
            ["Codec.Measurement"] = "Codec.Measurement",
            ["Codec.Onnx"] = "Codec.Onnx",
            ["Codec.Tool"] = "Codec.Tool",
            ["CodecClient"] = "CodecClient",
            ["CodecClient.ImageSharp"] = "CodecClient.ImageSharp",
            ["CodecClient.Testing"] = "CodecClient.Testing",
            ["CodecServer"] = "CodecServer",
            ["Trainer"] = "trainer",
        };

    /// <summary>The folder that holds a folder for each project.</summary>
    public static string Source { get; } = Repository.PathOf("src");

    /// <summary>Returns the types of a project's assembly, for rules.</summary>
    public static Types TypesOf(string project) => Types.FromFile(PathOf(project));

    /// <summary>Opens a project's assembly; its types are read when they are accessed.</summary>
    public static AssemblyDefinition Read(string project) => AssemblyDefinition.ReadAssembly(PathOf(project));

    /// <summary>Returns the names of the assemblies that a project's assembly references.</summary>
    public static string[] ReferencesOf(string project)
    {
        using AssemblyDefinition assembly = Read(project);
        return [.. assembly.MainModule.AssemblyReferences.Select(reference => reference.Name)];
    }

    /// <summary>Asserts that no reference is a given assembly or one of its family (<c>Grpc</c> includes <c>Grpc.Core.Api</c>).</summary>
    public static Action<string> AssertNone(string[] references) =>
        forbidden =>
            Assert.DoesNotContain(references, name => name == forbidden || name.StartsWith($"{forbidden}.", StringComparison.Ordinal));

    private static string PathOf(string project) => Path.Combine(Repository.OutputFolder($"src/{project}"), $"{Names[project]}.dll");
}
