using System.CommandLine;
using Codec.CommandLine;
using Codec.Tool.CommandLine;

namespace Codec.Tool.Serving;

/// <summary><c>codec serve</c>: runs the server.</summary>
internal static class ServeCommand
{
    private const string Models = "models";

    public static Command Create()
    {
        var listen = new Option<string>("--listen")
        {
            HelpName = "ADDRESS",
            Description = "The address to listen on; port 0 selects a free port.",
            DefaultValueFactory = _ => "http://127.0.0.1:5080",
        };
        Option<string?> data = ServingOptions.DataDirectory(
            "The folder of models, channels and keys. Default: a temporary one, which is deleted at the end."
        );
        var empty = new Option<bool>("--without-models")
        {
            Description = "Do not publish the shipped models (photos, faces-64), which a new data directory has otherwise.",
        };
        var command = new Command(
            "serve",
            """
            Run a server on this machine, until Ctrl-C. It ends with this command, also if that is killed.

            Further options are passed to the server: docs/configuration.md and CodecServer --help list them. It needs ASP.NET Core 10.
            """
        )
        {
            listen,
            data,
            empty,
        };
        command.TreatUnmatchedTokensAsErrors = false;
        return command.Does(
            async (arguments, results, cancellationToken) =>
            {
                string? folder = arguments.GetValue(data);
                // Beside it nothing is kept: an owner-only folder, as the server's own data directory is.
                DirectoryInfo? temporary = folder is null ? Directory.CreateTempSubdirectory("codec-serve-") : null;
                try
                {
                    if (temporary is not null)
                    {
                        await arguments
                            .InvocationConfiguration.Error.WriteLineAsync(
                                "codec: Models and channels are deleted when the server stops; --data-directory DIR keeps them."
                            )
                            .ConfigureAwait(false);
                    }

                    int code = await ServerProgram
                        .RunAsync(
                            [
                                .. (string[])[ServerProgram.StopWithInput, "--listen", arguments.GetValue(listen)!],
                                .. temporary is null
                                    ? ["--data-directory", folder!]
                                    : (string[])["--data-directory", temporary.FullName, "--temporary"],
                                .. (string[])["--shipped-models", arguments.GetValue(empty) ? "" : Models],
                                .. results.IsJson ? ["--json-logs"] : Array.Empty<string>(),
                                .. arguments.UnmatchedTokens,
                            ],
                            cancellationToken
                        )
                        .ConfigureAwait(false);
                    // It was asked to stop and stopped: that is no failure.
                    return cancellationToken.IsCancellationRequested ? ExitCodes.Interrupted : code;
                }
                finally
                {
                    // The server deletes it, also where this command is killed; it did not if it could not start, or was killed itself.
                    if (temporary is not null && Directory.Exists(temporary.FullName))
                        temporary.Delete(recursive: true);
                }
            }
        );
    }
}
