using System.Globalization;
using System.Text;

namespace Codec.CommandLine;

/// <summary>Text for a console, from anyone: characters that control a terminal, or hide what follows, are written as codes.</summary>
internal static class PlainText
{
    /// <summary>Whether a character has no effect but to be seen.</summary>
    public static bool IsPlain(char character) =>
        char.GetUnicodeCategory(character)
            is not (
                UnicodeCategory.Control
                or UnicodeCategory.Format
                or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator
                or UnicodeCategory.PrivateUse
            );

    /// <summary>As <see cref="Of"/>, with a space for each line break, as those of a stack trace.</summary>
    public static string Line(string text) => Of(text.ReplaceLineEndings(" "));

    /// <summary>Writes each other character as its code, such as <c>\u001B</c>.</summary>
    public static string Of(string text)
    {
        if (text.All(IsPlain))
            return text;

        var plain = new StringBuilder(text.Length + 16);
        foreach (char character in text)
        {
            if (IsPlain(character))
                plain.Append(character);
            else
                plain.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:X4}");
        }

        return plain.ToString();
    }
}
