using Mono.Cecil;

namespace Architecture.Tests;

/// <summary>Rules of src/CodecServer: its layers, and the assemblies that it must not reference.</summary>
public sealed class ServerRules
{
    private const string Server = "Codec.Server";

    private const string Services = $"{Server}.Services";

    private const string Embedded = $"{Server}.Stores.Embedded";

    /// <summary>gRPC, protobuf, and the messages that protoc generates.</summary>
    private static readonly string[] Wire = ["Grpc", "Google", "Codec.V1"];

    private static readonly string[] Databases = ["Microsoft.Data.Sqlite", "Dapper"];

    /// <summary>
    /// The folders from the bottom to the top, each with the folders that its types may reference. A row names only rows above it.
    /// </summary>
    private static readonly (string Folder, string[] References)[] Allowed =
    [
        ("Options", []),
        ("Telemetry", []),
        ("Limits", ["Options"]),
        ("Network", ["Limits", "Options"]),
        ("Stores", []),
        ("Identity", ["Options", "Stores"]),
        ("Stores.Embedded", ["Options", "Stores"]),
        ("Models", ["Identity", "Limits", "Options", "Stores", "Telemetry"]),
        ("Coding", ["Limits", "Models", "Options", "Telemetry"]),
        ("Channels", ["Coding", "Limits", "Models", "Options", "Stores", "Telemetry"]),
        ("Telemetry.Gauges", ["Limits", "Models", "Network", "Stores", "Telemetry"]),
        ("Hosting", ["Models", "Options", "Stores"]),
        ("Services", ["Channels", "Coding", "Hosting", "Identity", "Limits", "Models", "Network", "Options", "Stores", "Telemetry"]),
    ];

    /// <summary>Namespace, name and references of each type that is not nested.</summary>
    private static readonly Lazy<IReadOnlyList<(string Namespace, string Name, HashSet<string> References)>> Types = new(Read);

    public static TheoryData<string> Folders => [.. Allowed.Select(row => row.Folder)];

    [Fact]
    public void Assembly_ReferencesNeitherTheTrainerNorTheClient() =>
        Assert.All(["TorchSharp", "trainer", "CodecClient"], OurAssemblies.AssertNone(OurAssemblies.ReferencesOf("CodecServer")));

    [Fact]
    public void Allowed_EachRow_NamesOnlyRowsAboveIt()
    {
        for (int row = 0; row < Allowed.Length; row++)
            Assert.Empty(Allowed[row].References.Except(Allowed[..row].Select(above => above.Folder)));
    }

    [Fact]
    public void Namespaces_OfTheAssembly_AreThoseOfTheTable() =>
        Assert.Equal(
            Allowed.Select(row => $"{Server}.{row.Folder}").Append(Server).Order(),
            Types.Value.Select(type => type.Namespace).Where(name => IsWithin(name, Server)).Distinct().Order()
        );

    [Theory]
    [MemberData(nameof(Folders))]
    public void Types_OfAFolder_ReferenceOnlyTheAllowedFolders(string folder)
    {
        string[] allowed = [.. Allowed.Single(row => row.Folder == folder).References, folder];
        string[] namespaces = [.. allowed.Select(other => $"{Server}.{other}")];
        AssertNone(
            type => type.Namespace == $"{Server}.{folder}",
            reference => IsWithin(reference, Server) && NamespaceOf(reference) != Server && !namespaces.Contains(NamespaceOf(reference))
        );
    }

    [Fact]
    public void Types_OutsideServices_ReferenceNoWireType() =>
        AssertNone(
            type => IsWithin(type.Namespace, Server) && type.Namespace != Services && type.Name != "ServerApplication",
            reference => Wire.Any(wire => IsWithin(reference, wire))
        );

    /// <summary>What is measured does not depend on how it is exported.</summary>
    [Fact]
    public void Types_OtherThanTheRegistration_ReferenceNoExporter() =>
        AssertNone(
            type => IsWithin(type.Namespace, Server) && type.Name is not ("TelemetryRegistration" or "ServerApplication"),
            reference => IsWithin(reference, "OpenTelemetry")
        );

    [Fact]
    public void Types_OutsideTheEmbeddedStore_ReferenceNoDatabase() =>
        AssertNone(type => type.Namespace != Embedded, reference => Databases.Any(database => IsWithin(reference, database)));

    [Fact]
    public void Types_OutsideTheEmbeddedStore_ReferenceOnlyItsRegistration() =>
        AssertNone(type => type.Namespace != Embedded && type.Name != "StoreRegistration", reference => IsWithin(reference, Embedded));

    /// <summary>
    /// Proves that the rules see method bodies, those of lambdas and async methods included; if they did not, they could never fail.
    /// </summary>
    [Theory]
    [InlineData("HealthProbe", "Grpc.Net.Client.GrpcChannel")]
    [InlineData("SqliteWriter", "Dapper.SqlMapper")]
    [InlineData("StoreRegistration", $"{Embedded}.EmbeddedStore")]
    [InlineData("ServerApplication", $"{Services}.ErrorInterceptor")]
    [InlineData("ChannelService", $"{Services}.ChannelMessages")]
    public void Types_ReferenceWithinAMethod_IsSeen(string type, string reference) =>
        Assert.Contains(
            reference,
            Types.Value.Single(candidate => candidate.Name == type && IsWithin(candidate.Namespace, Server)).References
        );

    private static void AssertNone(
        Predicate<(string Namespace, string Name, HashSet<string> References)> applies,
        Predicate<string> isForbidden
    )
    {
        (string Namespace, string Name, HashSet<string> References)[] types = [.. Types.Value.Where(type => applies(type))];
        Assert.NotEmpty(types);
        Assert.Empty(
            types.SelectMany(type =>
                type.References.Where(reference => isForbidden(reference)).Select(reference => $"{type.Name} references {reference}")
            )
        );
    }

    private static List<(string Namespace, string Name, HashSet<string> References)> Read()
    {
        using AssemblyDefinition assembly = OurAssemblies.Read("CodecServer");
        return [.. assembly.MainModule.Types.Select(type => (type.Namespace, type.Name, TypeReferences.Of(type)))];
    }

    private static bool IsWithin(string name, string container) =>
        name == container || name.StartsWith($"{container}.", StringComparison.Ordinal);

    private static string NamespaceOf(string type) => type[..Math.Max(0, type.LastIndexOf('.'))];
}
