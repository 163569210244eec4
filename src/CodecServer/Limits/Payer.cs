namespace Codec.Server.Limits;

/// <summary>To whom memory and work are charged. Shares and turns are given first by caller, then by connection, then by flow.</summary>
/// <param name="Caller">The caller's proven name, or its address where it proved none.</param>
/// <param name="Connection">The connection's id.</param>
/// <param name="Flow">The call's id: a stream of many images has one turn where a unary call has one.</param>
internal readonly record struct Payer(string Caller, string Connection, string Flow)
{
    /// <summary>The server itself, and tests that do not distinguish callers.</summary>
    public static Payer Server { get; } = new("", "", "");
}
