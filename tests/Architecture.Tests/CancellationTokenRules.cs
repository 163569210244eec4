using Mono.Cecil;

namespace Architecture.Tests;

/// <summary>
/// Proves that a CancellationToken is the last parameter (only a params array may follow), and that methods name it cancellationToken. A
/// constructor keeps its token, so it names the token after the event that cancels it.
/// </summary>
public sealed class CancellationTokenRules
{
    public static TheoryData<string> Projects => [.. OurAssemblies.Names.Keys];

    [Theory]
    [MemberData(nameof(Projects))]
    public void Parameters_OfTypeCancellationToken_HaveOneNameAndPlace(string project)
    {
        using AssemblyDefinition assembly = OurAssemblies.Read(project);
        string[] wrong =
        [
            .. assembly
                .MainModule.GetTypes()
                .Where(type => !IsGenerated(type))
                .SelectMany(type => type.Methods)
                .Where(method => !method.Name.Contains('<', StringComparison.Ordinal) && !method.IsSetter && !IsOfADelegate(method))
                .Where(method => method.Parameters.Any(IsToken) && !IsRight(method))
                .Select(method => method.FullName),
        ];
        Assert.True(wrong.Length == 0, string.Join("\n", wrong));
    }

    [Fact]
    public void Projects_OfTheSource_AreThoseOfTheTable() =>
        Assert.Equal(
            OurAssemblies.Names.Keys.Order(),
            Directory
                .EnumerateFiles(OurAssemblies.Source, "*.csproj", SearchOption.AllDirectories)
                .Select(path => Path.GetFileNameWithoutExtension(path))
                .Order()
        );

    private static bool IsRight(MethodDefinition method)
    {
        ParameterDefinition[] parameters = [.. method.Parameters.Where(parameter => !IsParams(parameter))];
        int tokens = parameters.Count(IsToken);
        bool isNamed = method.IsConstructor || IsOverride(method) || parameters[^1].Name == "cancellationToken";
        return isNamed && parameters[^tokens..].All(IsToken);
    }

    /// <summary>An override has the name that its base declares: BackgroundService names the token stoppingToken.</summary>
    private static bool IsOverride(MethodDefinition method) => method.IsVirtual && !method.IsNewSlot;

    private static bool IsParams(ParameterDefinition parameter) =>
        parameter.CustomAttributes.Any(attribute => attribute.AttributeType.Name == nameof(ParamArrayAttribute));

    private static bool IsToken(ParameterDefinition parameter) => parameter.ParameterType.FullName == typeof(CancellationToken).FullName;

    /// <summary>Whether the compiler generated the type: a closure, a state machine and so on.</summary>
    private static bool IsGenerated(TypeDefinition type) =>
        type.Name.Contains('<', StringComparison.Ordinal) || (type.DeclaringType is { } outer && IsGenerated(outer));

    /// <summary>Whether the method belongs to a delegate: the compiler adds parameters to BeginInvoke.</summary>
    private static bool IsOfADelegate(MethodDefinition method) =>
        method.Name == "BeginInvoke" && method.DeclaringType.BaseType?.FullName == typeof(MulticastDelegate).FullName;
}
