using System.CommandLine;
using Codec.Client;
using Codec.CommandLine;
using Codec.Onnx;
using Codec.Tool.CommandLine;
using Codec.Tool.Output;

namespace Codec.Tool.Service;

/// <summary>Does the work of a command that calls a server.</summary>
/// <returns>One of <see cref="ExitCodes"/>. It fails by throwing.</returns>
internal delegate Task<int> ServerAction(ParseResult arguments, Results results, CodecClient client, CancellationToken cancellationToken);

/// <summary>Gives commands their work and the options of a client.</summary>
internal static class ServerCommands
{
    private static readonly ServiceOptions Service = new();

    /// <summary>The options that each of these commands has.</summary>
    public static IReadOnlyList<Option> Options { get; } = [.. Service.All];

    /// <summary>Sets the action of a command, and adds the server's options to it.</summary>
    public static Command DoesOnServer(this Command command, ServerAction action)
    {
        foreach (Option option in Options)
            command.Add(option);
        return command.Does(
            async (arguments, results, cancellationToken) =>
            {
                using CodecClient client = Service.Connect(
                    arguments,
                    line => arguments.InvocationConfiguration.Error.WriteLine($"codec: {line}"),
                    options => options with { Networks = OnnxNetworkRuntime.Instance }
                );
                return await action(arguments, results, client, cancellationToken).ConfigureAwait(false);
            }
        );
    }

    /// <summary>The argument that names a channel.</summary>
    public static Argument<string> Channel() => new("CHANNEL") { Description = "The channel's name." };
}
