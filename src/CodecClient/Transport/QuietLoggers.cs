using Microsoft.Extensions.Logging;

namespace Codec.Client.Transport;

/// <summary>
/// Lowers what is logged above Debug to Debug. grpc-dotnet logs each failed call with its stack, as information or an error, though most
/// are attempts that this client makes again; it logs once itself what an application is to see, or throws it.
/// </summary>
internal sealed class QuietLoggers(ILoggerFactory loggers) : ILoggerFactory
{
    public ILogger CreateLogger(string categoryName) => new QuietLogger(loggers.CreateLogger(categoryName));

    public void AddProvider(ILoggerProvider provider) => loggers.AddProvider(provider);

    /// <summary>The factory is the application's.</summary>
    public void Dispose() { }

    private sealed class QuietLogger(ILogger logger) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => logger.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => logger.IsEnabled(Lower(logLevel));

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        )
        {
            LogLevel lowered = Lower(logLevel);
            logger.Log(lowered, eventId, state, exception, formatter);
        }

        private static LogLevel Lower(LogLevel level) => level is > LogLevel.Debug and not LogLevel.None ? LogLevel.Debug : level;
    }
}
