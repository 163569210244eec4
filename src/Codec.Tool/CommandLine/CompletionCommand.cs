using System.CommandLine;

namespace Codec.Tool.CommandLine;

/// <summary><c>codec completion</c>: scripts with which shells complete command lines. They ask this program.</summary>
internal static class CompletionCommand
{
    // Without its first word, because the parser knows the program by its assembly's name.
    private const string Bash = """
        _codec() {
          local line="${COMP_LINE#* }" IFS=$'\n'
          local position=$((COMP_POINT - ${#COMP_LINE} + ${#line}))
          COMPREPLY=($(compgen -W "$(codec "[suggest:$position]" "$line" 2>/dev/null)" -- "${COMP_WORDS[COMP_CWORD]}"))
        }
        complete -o default -F _codec codec
        """;

    private const string Zsh = """
        _codec() {
          local line="${BUFFER#* }"
          compadd -- ${(f)"$(codec "[suggest:$((CURSOR - ${#BUFFER} + ${#line}))]" "$line" 2>/dev/null)"} || _files
        }
        compdef _codec codec
        """;

    private const string PowerShell = """
        Register-ArgumentCompleter -Native -CommandName codec -ScriptBlock {
          param($word, $line, $position)
          $rest = $line.ToString() -replace '^\S+\s*', ''
          $at = [Math]::Max(0, $position - $line.ToString().Length + $rest.Length)
          codec "[suggest:$at]" $rest | ForEach-Object { [System.Management.Automation.CompletionResult]::new($_) }
        }
        """;

    private static readonly Dictionary<string, string> Scripts = new()
    {
        ["bash"] = Bash,
        ["zsh"] = Zsh,
        ["pwsh"] = PowerShell,
    };

    public static Command Create()
    {
        var shell = new Argument<string>("SHELL") { Description = "bash, zsh or pwsh." };
        shell.AcceptOnlyFromAmong([.. Scripts.Keys]);
        var command = new Command(
            "completion",
            """
            Write the script with which a shell completes commands, options and their values.

            bash: eval "$(codec completion bash)" in ~/.bashrc; zsh: the same in ~/.zshrc, after compinit;
            PowerShell: codec completion pwsh | Out-String | Invoke-Expression in $PROFILE.
            """
        )
        {
            shell,
        };
        command.SetAction(arguments => Console.Out.Write(Scripts[arguments.GetValue(shell)!].ReplaceLineEndings("\n") + "\n"));
        return command;
    }
}
