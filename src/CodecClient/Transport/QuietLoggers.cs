using Microsoft.Extensions.Logging;

namespace Codec.Client.Transport;

/// <summary>
/// Lowers every level above Debug to Debug. grpc-dotnet logs each failed call with its stack, as information or error, although most are
/// attempts that this client repeats; the client itself logs or throws what an application should see.
/// </summary>
internal sealed class QuietLoggers(ILoggerFactory loggers) : ILoggerFactory
{
    public ILogger CreateLogger(string categoryName) => new QuietLogger(loggers.CreateLogger(categoryName));

    public void AddProvider(ILoggerProvider provider) => loggers.AddProvider(provider);

    /// <summary>Does nothing: the application owns the inner factory.</summary>
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
