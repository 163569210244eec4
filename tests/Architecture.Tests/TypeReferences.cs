using Mono.Cecil;
using Mono.Cecil.Cil;

namespace Architecture.Tests;

/// <summary>
/// Collects the types that a type references: in its signatures, its method bodies, and those of its nested types, which the compiler
/// generates from lambdas, iterators and async methods. NetArchTest does not look into lambdas of async methods.
/// </summary>
internal static class TypeReferences
{
    /// <summary>Returns the full names of the referenced types; a nested type counts as the one that declares it.</summary>
    public static HashSet<string> Of(TypeDefinition type)
    {
        var names = new HashSet<string>();
        foreach (TypeReference? reference in All(type))
            Add(reference, names);

        return names;
    }

    private static IEnumerable<TypeReference?> All(TypeDefinition type) =>
        [
            type.BaseType,
            .. type.Interfaces.Select(implemented => implemented.InterfaceType),
            .. type.CustomAttributes.Select(attribute => attribute.AttributeType),
            .. type.Fields.Select(field => field.FieldType),
            .. type.Properties.Select(property => property.PropertyType),
            .. type.Methods.SelectMany(All),
            .. type.NestedTypes.SelectMany(All),
        ];

    private static IEnumerable<TypeReference?> All(MethodDefinition method) =>
        [
            method.ReturnType,
            .. method.Parameters.Select(parameter => parameter.ParameterType),
            .. method.CustomAttributes.Select(attribute => attribute.AttributeType),
            .. method.HasBody
                ? method
                    .Body.Variables.Select(variable => variable.VariableType)
                    .Concat(method.Body.ExceptionHandlers.Select(handler => handler.CatchType))
                    .Concat(method.Body.Instructions.SelectMany(All))
                : [],
        ];

    private static IEnumerable<TypeReference?> All(Instruction instruction) =>
        instruction.Operand switch
        {
            TypeReference type => [type],
            FieldReference field => [field.DeclaringType, field.FieldType],
            MethodReference method =>
            [
                method.DeclaringType,
                method.ReturnType,
                .. method.Parameters.Select(parameter => parameter.ParameterType),
                .. method is GenericInstanceMethod generic ? generic.GenericArguments : [],
            ],
            _ => [],
        };

    private static void Add(TypeReference? reference, HashSet<string> names)
    {
        switch (reference)
        {
            case null or GenericParameter:
                break;
            case GenericInstanceType generic:
                Add(generic.ElementType, names);
                foreach (TypeReference argument in generic.GenericArguments)
                    Add(argument, names);

                break;
            case TypeSpecification specification:
                Add(specification.ElementType, names);
                break;
            case { DeclaringType: { } outer }:
                Add(outer, names);
                break;
            default:
                names.Add(reference.FullName);
                break;
        }
    }
}
