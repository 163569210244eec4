using System.Collections.Immutable;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Runtime.CompilerServices;
using Codec.Client.Tests.Infrastructure;
using Codec.Tests.Shared;

namespace Codec.Client.Tests;

/// <summary>
/// Every public member of the SDK is called by a test of this project, or by another project's code that this project compiles.
/// </summary>
public sealed class PublicApiTests
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    [Fact]
    public void Members_OfThePublicApi_AreCalledByATest()
    {
        HashSet<string> called = ReadReferences(typeof(PublicApiTests).Assembly.Location);
        string[] members = [.. PublicMembers()];
        Assert.True(members.Length > 100, $"Only {members.Length} members were found.");

        Assert.Equal("", string.Join(Environment.NewLine, members.Where(member => !called.Contains(member))));
    }

    [Fact]
    public void EnumValues_OfThePublicApi_AreNamedByATest()
    {
        // Constants are copied into the caller, so only the source shows their use.
        string source = string.Concat(
            Directory
                .EnumerateFiles(Path.Combine(Repository.Root, "tests", "CodecClient.Tests"), "*.cs", SearchOption.AllDirectories)
                .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
                .Select(File.ReadAllText)
        );
        IEnumerable<string> values = typeof(CodecClient)
            .Assembly.ExportedTypes.Where(type => type.IsEnum)
            .SelectMany(type => Enum.GetNames(type).Select(name => $"{type.Name}.{name}"));

        Assert.Equal("", string.Join(Environment.NewLine, values.Where(value => !source.Contains(value, StringComparison.Ordinal))));
    }

    [Fact]
    public void Types_OfTheAssembly_AreThoseOfThePublicApiFile()
    {
        string[] lines = Repository.Read("src", "CodecClient", "PublicAPI.Unshipped.txt").Split('\n');
        Assert.All(typeof(CodecClient).Assembly.ExportedTypes, type => Assert.Contains(type.FullName!.Replace('+', '.'), lines));
    }

    /// <summary>Methods, constructors and accessors, except those that the compiler generates for records.</summary>
    private static IEnumerable<string> PublicMembers() =>
        from type in typeof(CodecClient).Assembly.ExportedTypes
        where !type.IsEnum && !typeof(Delegate).IsAssignableFrom(type)
        from member in type.GetMembers(Declared).OfType<MethodBase>()
        where !member.IsAbstract && member.DeclaringType == type && !IsWrittenByTheCompiler(type, member)
        select $"{type.FullName}.{member.Name}";

    private static bool IsWrittenByTheCompiler(Type type, MethodBase member)
    {
        // Accessors of automatic properties carry the attribute too, and are the API.
        if (
            member.IsSpecialName
            && (member.Name.StartsWith("get_", StringComparison.Ordinal) || member.Name.StartsWith("set_", StringComparison.Ordinal))
        )
        {
            // The init accessor of a positional parameter is generated for `with`; the constructor is the API.
            bool positional = type.GetConstructors()
                .Any(constructor => constructor.GetParameters().Any(parameter => parameter.Name == member.Name[4..]));
            return member.Name.StartsWith("set_", StringComparison.Ordinal) && positional;
        }

        return member.IsDefined(typeof(CompilerGeneratedAttribute))
            || member.Name is "ToString" or "Equals" or "GetHashCode" or "Deconstruct"
            || (type.IsValueType && member is ConstructorInfo && member.GetParameters().Length == 0);
    }

    /// <summary>The members of other assemblies that an assembly refers to: "type.member".</summary>
    private static HashSet<string> ReadReferences(string path)
    {
        using var file = new PEReader(ImmutableArray.Create(File.ReadAllBytes(path)));
        MetadataReader metadata = file.GetMetadataReader();
        var references = new HashSet<string>();
        foreach (MemberReferenceHandle handle in metadata.MemberReferences)
        {
            MemberReference member = metadata.GetMemberReference(handle);
            if (member.Parent.Kind == HandleKind.TypeReference)
                references.Add($"{Name(metadata, (TypeReferenceHandle)member.Parent)}.{metadata.GetString(member.Name)}");
        }

        return references;
    }

    private static string Name(MetadataReader metadata, TypeReferenceHandle handle)
    {
        TypeReference type = metadata.GetTypeReference(handle);
        string name = metadata.GetString(type.Name);
        if (type.ResolutionScope.Kind == HandleKind.TypeReference)
            return $"{Name(metadata, (TypeReferenceHandle)type.ResolutionScope)}+{name}";
        string space = metadata.GetString(type.Namespace);
        return space.Length == 0 ? name : $"{space}.{name}";
    }
}
