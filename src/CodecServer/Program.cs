using Codec.Server;
using Codec.Server.Services;
using Codec.Server.Stores;
using Microsoft.Extensions.Options;

try
{
    var commandLine = CommandLine.Parse(args);
    if (commandLine.TryAnswer(Console.Out))
        return 0;

    if (commandLine.IsHealthCheck)
        return await HealthProbe.RunAsync(commandLine.Settings, Console.Out);

    if (commandLine.IsStoreVerification)
        return await StoreVerification.RunAsync(commandLine.Settings, Console.Out);

    await using WebApplication app = ServerApplication.Build(commandLine.Settings);
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
                or InvalidOperationException { Source: "Microsoft.Extensions.Configuration.Binder" }
    )
{
    // The configuration is wrong, or the address is in use: the message names the remedy, which a stack trace would hide.
    await Console.Error.WriteLineAsync(exception.Message);
    return 2;
}
