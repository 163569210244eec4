using Grpc.Core;

namespace Codec.Client.Transport;

/// <summary>Reads whole lists that the server sends in pages.</summary>
internal static class Pages
{
    /// <summary>Calls until an answer has no token of a next page; returns the items of all answers.</summary>
    /// <param name="connection">The server.</param>
    /// <param name="operation">What the calls do, for messages.</param>
    /// <param name="call">Asks for the page of a token; the token of the first one is empty.</param>
    /// <param name="items">The items of an answer.</param>
    /// <param name="next">The token of the page after an answer; empty after the last one.</param>
    /// <param name="cancellationToken">Stops the calls.</param>
    public static async Task<IReadOnlyList<TItem>> ListAsync<TAnswer, TItem>(
        this ServiceConnection connection,
        string operation,
        Func<string, CallOptions, AsyncUnaryCall<TAnswer>> call,
        Func<TAnswer, IEnumerable<TItem>> items,
        Func<TAnswer, string> next,
        CancellationToken cancellationToken
    )
    {
        var all = new List<TItem>();
        string token = "";
        do
        {
            string page = token;
            TAnswer answer = await connection
                .CallAsync(operation, options => call(page, options), cancellationToken: cancellationToken)
                .ConfigureAwait(false);
            all.AddRange(items(answer));
            token = next(answer);
            if (token.Length > 0 && token == page)
                throw new CorruptDataException($"The server did not {operation}: it names a page as the one that follows it.");
        } while (token.Length > 0);
        return all;
    }
}
