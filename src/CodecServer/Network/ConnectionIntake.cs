using System.Net;
using Codec.Server.Limits;
using Codec.Server.Options;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace Codec.Server.Network;

/// <summary>
/// Admits connections to one endpoint: so many in all, of which one address may have a part, and each only if a call begins on it in time.
/// A further one is closed at once, and so is one of an address that has its part of calls: none could begin on it.
/// </summary>
/// <param name="most">Connections in all.</param>
/// <param name="options">The part of one address, and the time.</param>
/// <param name="limits">The places of calls.</param>
/// <param name="buffers">Counts what they hold.</param>
/// <param name="refusals">Counts those that are refused, for the log.</param>
/// <param name="time">Measures the time until a call begins.</param>
internal sealed class ConnectionIntake(
    int most,
    LimitOptions options,
    ServerLimits limits,
    ConnectionBuffers buffers,
    Refusals refusals,
    TimeProvider time
)
{
    /// <summary>How long a connection that is asked to close may take; one that has not even sent its preface does not hear it.</summary>
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(2);

    /// <summary>
    /// How long the calls of a connection that was closed keep its place. Without an end, it is kept for ever by the few connections whose
    /// ended streams Kestrel still waits for (dotnet/aspnetcore#51307, ADR 36).
    /// </summary>
    private static readonly TimeSpan Aftermath = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Bytes that the kernel keeps of what was sent and not yet received, of which it takes twice; 4 MiB by default, in no budget.
    /// </summary>
    private const int SendBytes = 256 << 10;

    private readonly FairBudget _places = new(
        "The set of connections",
        new BudgetShares(most, Math.Max(1, (long)most * options.AddressPercent / 100), 1),
        time
    );

    /// <summary>Serves a connection, or closes it.</summary>
    public async Task RunAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        string address = CallerAddress.Of((connection.RemoteEndPoint as IPEndPoint)?.Address);
        var payer = new Payer(address, connection.ConnectionId, "");
        using FairBudget.Reservation? place = _places.TryTake(payer, 1);
        if (place is null || !limits.Calls.MayBegin(payer))
        {
            refusals.Count(address);
            connection.Abort(
                new ConnectionAbortedException("The address, or all of them, have as many connections or calls as are allowed.")
            );
            return;
        }

        using var first = new FirstCall();
        using ITimer timer = time.CreateTimer(
            _ => Close(connection, first),
            null,
            TimeSpan.FromSeconds(options.FirstCallSeconds),
            Timeout.InfiniteTimeSpan
        );
        using ITimer last = time.CreateTimer(
            _ => Abort(connection, first),
            null,
            TimeSpan.FromSeconds(options.FirstCallSeconds) + Farewell,
            Timeout.InfiniteTimeSpan
        );
        connection.Features.Set(first);
        if (connection.Features.Get<IConnectionSocketFeature>()?.Socket is { } socket)
            socket.SendBufferSize = SendBytes;
        using IDisposable counted = buffers.Enter(connection, address);
        await ServeAsync(connection, next);
    }

    /// <summary>Serves a connection until its calls have ended, or shortly after it was closed. Calls that take longer go on.</summary>
    private async Task ServeAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        using var left = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        await using CancellationTokenRegistration closed = connection.ConnectionClosed.UnsafeRegister(
            static left => ((CancellationTokenSource)left!).CancelAfter(Aftermath),
            left
        );
        try
        {
            await next(connection).WaitAsync(left.Token);
        }
        catch (OperationCanceledException) when (left.IsCancellationRequested) { }
    }

    /// <summary>Notes that a call has begun on its connection.</summary>
    public static Task NoteCall(HttpContext context, RequestDelegate next)
    {
        context.Features.Get<FirstCall>()?.Begin();
        return next(context);
    }

    /// <summary>Asks HTTP/2 to say goodbye: a client that has connected early then opens another connection for its call.</summary>
    private static void Close(ConnectionContext connection, FirstCall first)
    {
        if (!first.HasBegun)
            connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.RequestClose();
    }

    private static void Abort(ConnectionContext connection, FirstCall first)
    {
        if (!first.HasBegun)
            connection.Abort(new ConnectionAbortedException("No call began on the connection in time."));
    }

    private sealed class FirstCall : IDisposable
    {
        private volatile bool _hasBegun;

        /// <summary>Whether a call has begun, or the connection has ended.</summary>
        public bool HasBegun => _hasBegun;

        public void Begin() => _hasBegun = true;

        public void Dispose() => Begin();
    }
}
