using Codec.Server.Identity;
using Codec.Server.Options;
using Microsoft.Extensions.Logging.Console;

namespace Codec.Server;

/// <summary>The console log, and the line that says why the server cannot start.</summary>
internal static class ConsoleLog
{
    /// <summary>How the console log writes a time.</summary>
    public const string Time = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    /// <summary>Writes the log to the console, one line an event.</summary>
    public static ILoggingBuilder Add(ILoggingBuilder logging, bool asJson) =>
        asJson
            ? logging.AddJsonConsole(console =>
            {
                console.UseUtcTimestamp = true;
                console.TimestampFormat = Time;
            })
            : logging
                .AddConsole(console => console.FormatterName = PlainConsoleFormatter.FormatterName)
                .AddConsoleFormatter<PlainConsoleFormatter, ConsoleFormatterOptions>();

    /// <summary>
    /// Keeps the audit whatever the levels of other categories are: only a level for <see cref="AuditLog.Category"/> itself drops it.
    /// </summary>
    public static void KeepAudit(ILoggingBuilder logging) =>
        logging.Services.PostConfigure<LoggerFilterOptions>(filter =>
        {
            // One for all providers, and one that outweighs a level of the console. Of equal rules the last is used: these are the first.
            foreach (string? provider in new[] { typeof(ConsoleLoggerProvider).FullName, null })
                filter.Rules.Insert(0, new LoggerFilterRule(provider, AuditLog.Category, LogLevel.Information, filter: null));
        });

    /// <summary>Writes a failure that ends the process to the error stream: its message, or a JSON object where the log is JSON.</summary>
    /// <param name="settings">The configuration of the command line.</param>
    /// <param name="reason">The cause and the remedy.</param>
    public static void WriteFailure(IReadOnlyDictionary<string, string?> settings, string reason)
    {
        if (!WritesJson(settings))
        {
            Console.Error.WriteLine(PlainText.Line(reason));
            return;
        }

        // Disposing the factory writes what is queued.
        using ILoggerFactory loggers = LoggerFactory.Create(logging =>
            Add(logging, asJson: true)
                .Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace)
        );
        ServerLog.CannotStart(loggers.CreateLogger("Codec.Server"), reason);
    }

    private static bool WritesJson(IReadOnlyDictionary<string, string?> settings)
    {
        try
        {
            string? value = ServerConfiguration.ReadUnchecked(settings)[$"Codec:{nameof(ServerOptions.JsonLogs)}"];
            return bool.TryParse(value, out bool asJson) && asJson;
        }
        catch (Exception exception) when (exception is InvalidDataException or FormatException)
        {
            // appsettings.json cannot be read, which may be the failure itself.
            return false;
        }
    }
}
