using Codec.Server;
using Codec.Server.Stores.Embedded;
using Microsoft.Extensions.Options;

if (CommandLine.Answer(args) is { } answer)
{
    Console.WriteLine(answer);
    return 0;
}

try
{
    if (args is [HealthProbe.Switch, .. var switches])
    {
        return await HealthProbe.RunAsync(switches, Console.Out);
    }

    await using WebApplication app = ServerApplication.Build(args);
    await app.RunAsync();
    return Environment.ExitCode;
}
catch (OperationCanceledException)
{
    // The server was stopped while it still started.
    return 0;
}
catch (Exception exception)
    when (exception
            is ArgumentException
                or OptionsValidationException
                or DataDirectoryException
                or IOException
                or InvalidOperationException { Source: "Microsoft.Extensions.Configuration.Binder" }
    )
{
    // The configuration is wrong, or the address is taken: the message says what to change, and a stack trace would hide it.
    await Console.Error.WriteLineAsync(exception.Message);
    return 2;
}
