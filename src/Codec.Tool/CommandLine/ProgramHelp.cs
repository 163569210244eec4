using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Codec.Tool.CommandLine;

/// <summary>Writes the help with the name that the program is called by, instead of its assembly's.</summary>
internal sealed class ProgramHelp(HelpAction help) : SynchronousCommandLineAction
{
    public override int Invoke(ParseResult parseResult)
    {
        TextWriter output = parseResult.InvocationConfiguration.Output;
        using var text = new StringWriter();
        parseResult.InvocationConfiguration.Output = text;
        int result = help.Invoke(parseResult);
        parseResult.InvocationConfiguration.Output = output;
        output.Write(text.ToString().Replace(RootCommand.ExecutableName, "codec", StringComparison.Ordinal));
        return result;
    }
}
