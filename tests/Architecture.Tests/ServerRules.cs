using NetArchTest.Rules;

namespace Architecture.Tests;

/// <summary>src/CodecServer: its layers, and the assemblies that it must not reference.</summary>
public sealed class ServerRules
{
    private const string Server = "Codec.Server";

    private const string Embedded = "Stores.Embedded";

    /// <summary>gRPC, protobuf, and the messages that protoc generates.</summary>
    private static readonly string[] Wire = ["Grpc", "Google", "Codec.V1"];

    private static readonly string[] Databases = ["Microsoft.Data.Sqlite", "Dapper"];

    /// <summary>The folders from the bottom to the top, each with the folders that its types may reference. A row names only rows above it.</summary>
    private static readonly (string Folder, string[] References)[] Allowed =
    [
        ("Identity", []),
        ("Options", []),
        ("Limits", ["Options"]),
        ("Stores", []),
        (Embedded, ["Options", "Stores"]),
        ("Models", ["Identity", "Limits", "Options", "Stores"]),
        ("Coding", ["Limits", "Models", "Options"]),
        ("Channels", ["Coding", "Limits", "Models", "Options", "Stores"]),
        ("Hosting", ["Models", "Options", "Stores"]),
        ("Services", ["Channels", "Coding", "Hosting", "Identity", "Limits", "Models", "Options", "Stores"]),
    ];

    public static TheoryData<string> Folders => [.. Allowed.Select(row => row.Folder)];

    [Fact]
    public void Assembly_ReferencesNeitherTheTrainerNorTheClient() =>
        Assert.All(["TorchSharp", "trainer", "CodecClient"], OurAssemblies.AssertNone(OurAssemblies.ReferencesOf("CodecServer")));

    [Fact]
    public void Allowed_EachRow_NamesOnlyRowsAboveIt()
    {
        for (int row = 0; row < Allowed.Length; row++)
        {
            Assert.Empty(Allowed[row].References.Except(Allowed[..row].Select(above => above.Folder)));
        }
    }

    [Fact]
    public void Folders_OfTheSource_AreThoseOfTheTable()
    {
        string root = Path.Combine(OurAssemblies.Source, "CodecServer");
        IEnumerable<string> folders = Directory
            .EnumerateFiles(root, "*.cs", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(root, Path.GetDirectoryName(file)!).Replace(Path.DirectorySeparatorChar, '.'))
            .Where(folder =>
                folder != "." && !folder.StartsWith("bin", StringComparison.Ordinal) && !folder.StartsWith("obj", StringComparison.Ordinal)
            );
        Assert.Equal(Allowed.Select(row => row.Folder).Order(), folders.Distinct().Order());
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void Types_OfAFolder_DependOnTheAllowedFolders(string folder)
    {
        string[] allowed = Allowed.Single(row => row.Folder == folder).References;

        // The namespace Stores contains Stores.Embedded: a folder that may not reference Stores must not be forbidden its own namespace.
        IEnumerable<string> forbidden = Allowed.Select(row => row.Folder).Except([.. allowed, folder]).Select(other => $"{Server}.{other}");
        AssertNoDependency(TypesOf(folder), [.. forbidden]);
    }

    [Fact]
    public void Types_OutsideServices_KnowNoWire() =>
        AssertNoDependency(
            OurAssemblies
                .TypesOf("CodecServer")
                .That()
                .ResideInNamespace(Server)
                .And()
                .DoNotResideInNamespace($"{Server}.Services")
                .And()
                .DoNotHaveName("ServerApplication"),
            Wire
        );

    [Fact]
    public void Types_OutsideTheEmbeddedStore_KnowNoDatabase() =>
        AssertNoDependency(
            OurAssemblies.TypesOf("CodecServer").That().ResideInNamespace(Server).And().DoNotResideInNamespace($"{Server}.{Embedded}"),
            Databases
        );

    [Fact]
    public void Types_OutsideTheEmbeddedStore_KnowItOnlyForItsRegistration() =>
        AssertNoDependency(
            OurAssemblies
                .TypesOf("CodecServer")
                .That()
                .DoNotResideInNamespace($"{Server}.{Embedded}")
                .And()
                .DoNotHaveName("StoreRegistration"),
            $"{Server}.{Embedded}"
        );

    /// <summary>Proves that the rules see calls in method bodies, async ones and lambdas included: else they could not fail.</summary>
    [Theory]
    [InlineData("HealthProbe", "Grpc.Net.Client")]
    [InlineData("SqliteChannelLog", "Dapper")]
    [InlineData("StoreRegistration", $"{Server}.{Embedded}")]
    [InlineData("ServerApplication", "Grpc")]
    [InlineData("ModelPublisher", $"{Server}.Identity")]
    public void Rules_DependencyWithinAMethod_IsSeen(string type, string dependency) =>
        Assert.Contains(
            OurAssemblies
                .TypesOf("CodecServer")
                .That()
                .HaveName(type)
                .ShouldNot()
                .HaveDependencyOn(dependency)
                .GetResult()
                .FailingTypeNames,
            name => name.EndsWith($".{type}", StringComparison.Ordinal)
        );

    private static PredicateList TypesOf(string folder)
    {
        PredicateList types = OurAssemblies.TypesOf("CodecServer").That().ResideInNamespace($"{Server}.{folder}");
        return folder == "Stores" ? types.And().DoNotResideInNamespace($"{Server}.{Embedded}") : types;
    }

    private static void AssertNoDependency(PredicateList types, params string[] forbidden)
    {
        Assert.False(types.Should().HaveName("").GetResult().IsSuccessful, "The rule applies to no type.");
        NetArchTest.Rules.TestResult result = types.ShouldNot().HaveDependencyOnAny(forbidden).GetResult();
        Assert.True(
            result.IsSuccessful,
            $"These depend on one of {string.Join(", ", forbidden)}: {string.Join(", ", result.FailingTypeNames ?? [])}"
        );
    }
}
