using System.CommandLine;
using System.Text.RegularExpressions;
using Codec.Client;
using Codec.CommandLine;
using Codec.Onnx;
using Codec.Tool.CommandLine;
using Codec.Tool.Output;
using Grpc.Core;

namespace Codec.Tool.Service;

/// <summary>Does the work of a command that calls a server.</summary>
/// <returns>One of <see cref="ExitCodes"/>. It fails by throwing.</returns>
internal delegate Task<int> ServerAction(ParseResult arguments, Results results, CodecClient client, CancellationToken cancellationToken);

/// <summary>Gives commands their work and the options of a client.</summary>
internal static partial class ServerCommands
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
                try
                {
                    return await action(arguments, results, client, cancellationToken).ConfigureAwait(false);
                }
                catch (Exception exception) when (exception is ArgumentException or InvalidRequestException)
                {
                    string message = InItsWords(command, CommandRunner.OneLine(exception));
                    throw exception is InvalidRequestException { Status: not StatusCode.InvalidArgument and var status }
                        ? new InvalidRequestException(status, message, exception)
                        : new UsageException(message, exception);
                }
            }
        );
    }

    /// <summary>
    /// A message that begins with a field of the service or an option of the SDK, such as <c>header.quality</c> or <c>The option Age</c>:
    /// instead, with the option or argument of the command that ends with the same word.
    /// </summary>
    private static string InItsWords(Command command, string message)
    {
        Match field = Field().Match(message);
        IEnumerable<string> names = command
            .Options.Select(option => option.Name)
            .Concat(command.Arguments.Select(argument => argument.Name));
        return
            names.FirstOrDefault(name => name.Split('-')[^1].Equals(field.Groups[1].Value, StringComparison.OrdinalIgnoreCase)) is { } named
            ? named + message[field.Length..]
            : message;
    }

    [GeneratedRegex(@"^(?:The option )?(?:[a-z]+[._])*(\w+)")]
    private static partial Regex Field();

    /// <summary>The argument that names a channel.</summary>
    public static Argument<string> Channel() => new("CHANNEL") { Description = "The channel's name." };
}
