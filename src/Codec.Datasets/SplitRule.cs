using System.Globalization;
using System.Text.RegularExpressions;

namespace Codec.Datasets;

/// <summary>The unit in which images are held out.</summary>
public enum SplitBy
{
    /// <summary>Each image by itself; equal images stay together.</summary>
    Image,

    /// <summary>All images of a label together, so that no person of a test image appears in training.</summary>
    Label,
}

/// <summary>What decides whether an image is held out.</summary>
public enum SplitKind
{
    /// <summary>
    /// The hash of its content or label: it stays on its side when images are added or removed, and equal images are on one side.
    /// </summary>
    Hash,

    /// <summary>A permutation of the images' number, as scikit-learn makes it: for a published set, to which nothing is added.</summary>
    Permutation,

    /// <summary>The set's authors.</summary>
    Authors,

    /// <summary>The folder that it is in.</summary>
    Folders,
}

/// <summary>How a data set is divided into images for training, validation and testing.</summary>
/// <param name="Kind">What decides.</param>
/// <param name="By">What stays together.</param>
/// <param name="Test">Fraction held out for testing, above 0 and below 1.</param>
/// <param name="Validation">Fraction that steers the training, 0 or more; with <paramref name="Test"/> below 1.</param>
/// <param name="Seed">Seed of the hash or permutation.</param>
public sealed partial record SplitRule(
    SplitKind Kind,
    SplitBy By = SplitBy.Image,
    double Test = TrainTestSplit.DefaultTestFraction,
    double Validation = 0,
    uint Seed = TrainTestSplit.DefaultSeed
)
{
    /// <summary>The rule for images to which others may be added: a tenth for validation, a tenth for testing.</summary>
    public static SplitRule Hashed(SplitBy by = SplitBy.Image) => new(SplitKind.Hash, by, Validation: 0.1);

    /// <summary>Reads a rule from its text.</summary>
    /// <returns>Null if the text is not that of a rule.</returns>
    public static SplitRule? Parse(string text)
    {
        Match match = Text().Match(text);
        return
            match.Success
            && Enum.TryParse(match.Groups["kind"].Value, out SplitKind kind)
            && Enum.TryParse(match.Groups["by"].Value, out SplitBy by)
            && double.TryParse(match.Groups["test"].Value, CultureInfo.InvariantCulture, out double test)
            && double.TryParse(match.Groups["validation"].Value, CultureInfo.InvariantCulture, out double validation)
            && uint.TryParse(match.Groups["seed"].Value, NumberStyles.None, CultureInfo.InvariantCulture, out uint seed)
            ? new SplitRule(kind, by, test, validation, seed)
            : null;
    }

    /// <summary>The rule as text: <c>Hash of Image, test 0.1, validation 0.1, seed 42</c>.</summary>
    public override string ToString() => FormattableString.Invariant($"{Kind} of {By}, test {Test}, validation {Validation}, seed {Seed}");

    [GeneratedRegex(
        @"^(?<kind>\w+) of (?<by>\w+), test (?<test>[0-9.E+-]+), validation (?<validation>[0-9.E+-]+), seed (?<seed>\d+)$",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture
    )]
    private static partial Regex Text();
}
