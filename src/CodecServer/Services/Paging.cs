using System.Buffers.Text;
using System.Text;
using Codec.Server.Stores;

namespace Codec.Server.Services;

/// <summary>Reads and writes the pages of lists (AIP-158). A token names its list, so that it continues no other.</summary>
internal static class Paging
{
    /// <summary>Most characters of a token: the names of a list and of an item, coded in base64.</summary>
    private const int MaxTokenLength = 512;

    /// <summary>Reads which part of a list a request asks for.</summary>
    /// <param name="list">Names the list, with everything that selects its items.</param>
    /// <param name="size">The request's size; 0 for as many as a message holds.</param>
    /// <param name="token">The request's token; empty for the first part.</param>
    /// <param name="most">Most items that fit into a message.</param>
    /// <exception cref="RequestException">InvalidArgument: the size is negative, or the token is of another list.</exception>
    public static PageRequest Read(string list, int size, string token, int most = PageRequest.Most)
    {
        if (size < 0)
            throw RequestException.Invalid("page_size", $"{size}; allowed are 0, for as many as fit, and larger numbers.");

        return new PageRequest(size == 0 ? most : Math.Min(size, most), token.Length == 0 ? null : Position(list, token));
    }

    /// <summary>Writes the token of the next part; empty where there is none.</summary>
    public static string Token(string list, string? next) =>
        next is null ? "" : Base64Url.EncodeToString(Encoding.UTF8.GetBytes($"{list}\n{next}"));

    /// <summary>Cuts a page out of a whole list that is sorted by name.</summary>
    public static Page<T> Cut<T>(IReadOnlyList<T> list, Func<T, string> name, PageRequest page)
    {
        T[] items =
        [
            .. list.SkipWhile(item => page.After is not null && string.CompareOrdinal(name(item), page.After) <= 0).Take(page.MaxItems),
        ];
        return new Page<T>(items, items.Length > 0 && name(items[^1]) != name(list[^1]) ? name(items[^1]) : null);
    }

    private static string Position(string list, string token)
    {
        byte[] bytes = new byte[Base64Url.GetMaxDecodedLength(Math.Min(token.Length, MaxTokenLength))];
        return
            token.Length <= MaxTokenLength
            && Base64Url.IsValid(token)
            && Base64Url.TryDecodeFromChars(token, bytes, out int length)
            && Encoding.UTF8.GetString(bytes, 0, length).Split('\n') is [var named, var next]
            && named == list
            ? next
            : throw RequestException.Invalid(
                "page_token",
                "it is not a token of this list; send the next_page_token of an answer to the same request, or none."
            );
    }
}
