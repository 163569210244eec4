using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace CodecServer.Tests.Identity;

/// <summary>Collects the lines of the audit.</summary>
internal sealed class AuditRecorder : ILoggerProvider
{
    private readonly ConcurrentQueue<string> _lines = new();

    public IReadOnlyList<string> Lines => [.. _lines];

    public ILogger CreateLogger(string categoryName) => new Sink(categoryName == "Codec.Audit" ? _lines : null);

    public void Dispose() { }

    private sealed class Sink(ConcurrentQueue<string>? lines) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => lines is not null;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        ) => lines?.Enqueue(formatter(state, exception));
    }
}
