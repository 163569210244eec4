using System.Buffers;
using System.Globalization;
using System.Text;

namespace Codec.CommandLine;

/// <summary>Text for a console, from anyone: characters that control a terminal, or hide what follows, are written as codes.</summary>
internal static class PlainText
{
    /// <summary>Whether no character of a text has another effect than to be seen.</summary>
    public static bool IsPlain(string text)
    {
        for (int i = 0, length; i < text.Length; i += length)
        {
            if (!BeginsPlain(text.AsSpan(i), out length))
                return false;
        }

        return true;
    }

    /// <summary>As <see cref="Of"/>, with a space for each line break, as those of a stack trace.</summary>
    public static string Line(string text) => Of(text.ReplaceLineEndings(" "));

    /// <summary>Writes each other character as its code, such as <c>\u001B</c>, or <c>\U000E0041</c> above U+FFFF.</summary>
    public static string Of(string text)
    {
        if (IsPlain(text))
            return text;

        var plain = new StringBuilder(text.Length + 16);
        for (int i = 0, length; i < text.Length; i += length)
        {
            if (BeginsPlain(text.AsSpan(i), out length))
                plain.Append(text, i, length);
            else if (length == 1)
                plain.Append(CultureInfo.InvariantCulture, $"\\u{(int)text[i]:X4}");
            else
                plain.Append(CultureInfo.InvariantCulture, $"\\U{char.ConvertToUtf32(text[i], text[i + 1]):X8}");
        }

        return plain.ToString();
    }

    /// <summary>Whether a text begins with a plain character; half of a pair of surrogates is none.</summary>
    /// <param name="text">The text, not empty.</param>
    /// <param name="length">The character's length in UTF-16.</param>
    private static bool BeginsPlain(ReadOnlySpan<char> text, out int length) =>
        Rune.DecodeFromUtf16(text, out Rune character, out length) == OperationStatus.Done
        && Rune.GetUnicodeCategory(character)
            is not (
                UnicodeCategory.Control
                or UnicodeCategory.Format
                or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator
                or UnicodeCategory.PrivateUse
            );
}
