using Codec.Server.Options;

namespace Codec.Server.Limits;

/// <summary>
/// Bounds the calls that have begun and not ended, by address. An address with few calls gets a place as long as there is one. Others have
/// a part of all places each, and leave an eighth of them free together. All of that shrinks while memory fills, so that many addresses
/// together cannot begin more calls than there is memory for.
/// </summary>
internal sealed class CallPlaces(LimitOptions options, ProcessMemory memory, TimeProvider time)
{
    /// <summary>The most calls of an address that has few, while there is memory.</summary>
    internal const int Few = 16;

    /// <summary>The same where the process holds as much as the collector may use.</summary>
    internal const int FewAtLimit = 2;

    private readonly long _part = PartOf(options);
    private readonly FairBudget _places = new(
        "The set of calls",
        new BudgetShares(options.MaxCalls, PartOf(options), PartOf(options)),
        time
    );

    /// <summary>The most calls at the same time.</summary>
    public long Limit => _places.Limit;

    /// <summary>The calls at this moment.</summary>
    public long Held => _places.Held;

    /// <summary>The most calls of all addresses with many.</summary>
    private long Together => Limit - Limit / 8;

    /// <summary>Takes a place until the returned object is disposed; null if the address may not begin another call.</summary>
    public FairBudget.Reservation? TryTake(Payer payer) => MayBegin(payer) ? _places.TryTake(payer, 1) : null;

    /// <summary>Whether an address may begin another call, if there is a place.</summary>
    public bool MayBegin(Payer payer)
    {
        long held = _places.HeldBy(payer).Caller;
        double room = memory.Room;
        return held < Math.Min(FewOf(room), _part) || (held < room * _part && Held < room * Together);
    }

    /// <summary>The calls of an address, and of its connection.</summary>
    public (long Address, long Connection) HeldBy(Payer payer) => _places.HeldBy(payer);

    /// <summary>Why an address may not begin another call.</summary>
    public RequestException Refusal(Payer payer)
    {
        long held = _places.HeldBy(payer).Caller;
        return RequestException.Busy(
            held >= _part ? $"The address has {held} calls, as many as it may have"
            : Held >= Together ? $"All addresses together have {Held} calls (at most {Limit}), and this one has {held}"
            : $"The server is short of memory, and the address has {held} calls (at most {_part} otherwise)"
        );
    }

    /// <summary>The calls that any address may have: 16 down to half of the room, 2 without room, 1 where more is held.</summary>
    private static double FewOf(double room) => room < 0 ? 1 : Math.Min(Few, FewAtLimit + 2 * room * (Few - FewAtLimit));

    private static long PartOf(LimitOptions options) => Math.Max(1, (long)options.MaxCalls * options.AddressPercent / 100);
}
