using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace CodecServer.Tests.Infrastructure;

/// <summary>Collects logged errors, so that a test fails if an unexpected one was logged.</summary>
internal sealed class ErrorLog : ILoggerProvider
{
    private readonly ConcurrentQueue<(EventId Id, string Text)> _errors = new();

    /// <summary>Fails if an error was logged that is not expected.</summary>
    public void VerifyNoErrors(params int[] expectedEvents) =>
        Assert.Empty(_errors.Where(error => !expectedEvents.Contains(error.Id.Id)).Select(error => error.Text));

    /// <summary>Returns the errors that were logged under an event id.</summary>
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
                errors.Enqueue((eventId, $"{category}[{eventId.Id}] {formatter(state, exception)} {exception}"));
        }
    }
}
