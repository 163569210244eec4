using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace CodecServer.Tests.Infrastructure;

/// <summary>Collects what is logged as an error: a test fails if anything unexpected was.</summary>
internal sealed class ErrorLog : ILoggerProvider
{
    private readonly ConcurrentQueue<(EventId Id, string Text)> _errors = new();

    /// <summary>Fails unless each error that was logged is one of those expected.</summary>
    public void VerifyNoErrors(params int[] expectedEvents) =>
        Assert.Empty(_errors.Where(error => !expectedEvents.Contains(error.Id.Id)).Select(error => error.Text));

    /// <summary>What was logged as an error under an event id.</summary>
    public IReadOnlyList<string> Of(int eventId) => [.. _errors.Where(error => error.Id.Id == eventId).Select(error => error.Text)];

    public ILogger CreateLogger(string categoryName) => new Sink(categoryName, _errors);

    public void Dispose() { }

    private sealed class Sink(string category, ConcurrentQueue<(EventId Id, string Text)> errors) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        )
        {
            if (IsEnabled(logLevel))
            {
                errors.Enqueue((eventId, $"{category}[{eventId.Id}] {formatter(state, exception)} {exception}"));
            }
        }
    }
}
