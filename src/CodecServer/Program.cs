using Codec.Server;
using Codec.Server.Hosting;
using Codec.Server.Options;
using Codec.Server.Services;
using Codec.Server.Stores;
using Microsoft.Extensions.Options;

IReadOnlyDictionary<string, string?> settings = new Dictionary<string, string?>();
try
{
    var commandLine = CommandLine.Parse(args);
    settings = commandLine.Settings;
    if (commandLine.TryAnswer(Console.Out))
        return 0;

    if (commandLine.IsReference)
    {
        ConfigurationReference.Write(Console.Out);
        return 0;
    }

    if (commandLine.IsHealthCheck)
        return await HealthProbe.RunAsync(settings, Console.Out);

    if (commandLine.IsStoreVerification)
        return await StoreVerification.RunAsync(settings, Console.Out);

    if (commandLine.KeyCommand is { } command)
        return await KeyCommands.RunAsync(command, settings, Console.Out, Console.Error);

    if (commandLine.WorksOnStore)
        return StoreCommands.Run(commandLine, Console.Out);

    NativeHeap.Bound();
    await using WebApplication app = ServerApplication.Build(settings);
    await app.RunAsync();
    return Environment.ExitCode;
}
catch (OperationCanceledException)
{
    // The server was stopped while it was starting.
    return 0;
}
catch (Exception exception)
    when (exception
            is ArgumentException
                or OptionsValidationException
                or StoreException
                or IOException
                or InvalidDataException
                or InvalidOperationException { Source: "Microsoft.Extensions.Logging.Configuration" }
    )
{
    // The configuration is wrong or cannot be read, or the address is in use: the message names the remedy, which a stack trace would hide.
    ConsoleLog.WriteFailure(settings, exception.Message);
    return 2;
}
