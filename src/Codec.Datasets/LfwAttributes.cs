using System.Globalization;

namespace Codec.Datasets;

/// <summary>Reads the attributes file of Kumar et al. (2009) for photographs of LFW.</summary>
/// <remarks>
/// The file is tab-separated: a line of remarks, a header that begins with <c>#</c>, then a line for each photograph with person, number,
/// and a classifier's confidence for each attribute; above zero means that the face has it.
/// </remarks>
internal sealed class LfwAttributes
{
    // The complete file has about 8 MB in 13,143 lines.
    private const long MaxBytes = 64 << 20;

    private readonly string _path;
    private readonly Dictionary<string, float[]> _values = new(StringComparer.Ordinal);

    private LfwAttributes(string path) => _path = path;

    /// <summary>Reads the file.</summary>
    /// <exception cref="DatasetException">The file is missing or malformed, or names a photograph twice.</exception>
    public static LfwAttributes Read(string path)
    {
        try
        {
            if (new FileInfo(path).Length > MaxBytes)
                throw new DatasetException($"{path} has more than {MaxBytes:N0} bytes: it is not the attributes file of LFW.");
            return Parse(path, File.ReadLines(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DatasetException($"The attributes file {path} cannot be read: {e.Message}", e);
        }
    }

    /// <summary>The attributes' names, in the file's order.</summary>
    public IReadOnlyList<string> Names { get; private set; } = [];

    /// <summary>Whether the photograph with this id is annotated.</summary>
    public bool Contains(string id) => _values.ContainsKey(id);

    /// <summary>The attributes of an annotated photograph, in the order of <see cref="Names"/>.</summary>
    public IReadOnlyList<float> Of(string id) => _values[id];

    /// <summary>Checks that every annotated photograph was found.</summary>
    /// <exception cref="DatasetException">Some were not found.</exception>
    public void CheckAllFound(IReadOnlyCollection<LabeledImage> faces)
    {
        if (faces.Count == _values.Count)
            return;
        string first = _values.Keys.Except(faces.Select(static face => face.Id), StringComparer.Ordinal).Min(StringComparer.Ordinal)!;
        throw new DatasetException(
            $"{_path} annotates {_values.Count:N0} photographs, but {_values.Count - faces.Count:N0} of them, such as {first}, are not in the set. "
                + "Use the file that belongs to the set."
        );
    }

    private static LfwAttributes Parse(string path, IEnumerable<string> lines)
    {
        var attributes = new LfwAttributes(path);
        int person = -1,
            number = -1,
            columns = 0,
            line = 0;
        foreach (string text in lines)
        {
            line++;
            string[] cells = text.Split('\t');
            if (text.StartsWith('#'))
            {
                // The '#' is a column of its own in the header only.
                person = Array.IndexOf(cells, "person") - 1;
                number = Array.IndexOf(cells, "imagenum") - 1;
                columns = cells.Length - 1;
                attributes.Names = [.. cells.Skip(1).Where((_, column) => column != person && column != number)];
                continue;
            }

            if (text.Length == 0)
                continue;
            if (person < 0 || number < 0)
            {
                throw new DatasetException(
                    $"{path}, line {line}: no header with the columns person and imagenum (a line that begins with '#') comes before it."
                );
            }

            if (
                cells.Length != columns
                || !int.TryParse(cells[number], NumberStyles.None, CultureInfo.InvariantCulture, out int imageNumber)
            )
            {
                throw new DatasetException(
                    $"{path}, line {line}: {cells.Length} columns; {columns} with a whole number under imagenum are needed."
                );
            }

            string name = cells[person].Replace(' ', '_');
            float[] values = new float[columns - 2];
            for (int column = 0, at = 0; column < columns; column++)
            {
                if (column == person || column == number)
                    continue;
                if (!float.TryParse(cells[column], NumberStyles.Float, CultureInfo.InvariantCulture, out values[at++]))
                    throw new DatasetException($"{path}, line {line}: '{cells[column]}' under {attributes.Names[at - 1]} is not a number.");
            }

            if (!attributes._values.TryAdd($"{name}/{name}_{imageNumber:D4}.jpg", values))
                throw new DatasetException($"{path}, line {line}: {cells[person]} {imageNumber} appears twice.");
        }

        return attributes._values.Count > 0 ? attributes : throw new DatasetException($"{path} annotates no photograph.");
    }
}
