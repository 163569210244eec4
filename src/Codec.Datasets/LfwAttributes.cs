using System.Globalization;

namespace Codec.Datasets;

/// <summary>Which photographs of LFW the attributes file of Kumar et al. (2009) annotates.</summary>
/// <remarks>Tab-separated; a line of remarks, a header that begins with <c>#</c>, then a line for each photograph.</remarks>
internal sealed class LfwAttributes
{
    // The whole file has 8 MB, of 13,143 lines.
    private const long MaxBytes = 64 << 20;

    private readonly string _path;
    private readonly HashSet<string> _ids = new(StringComparer.Ordinal);

    private LfwAttributes(string path) => _path = path;

    /// <summary>Reads the file.</summary>
    /// <exception cref="DatasetException">It is missing or malformed, or names a photograph twice.</exception>
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

    /// <summary>Whether the photograph with this id is annotated.</summary>
    public bool Contains(string id) => _ids.Contains(id);

    /// <summary>Makes sure that every annotated photograph was there.</summary>
    /// <exception cref="DatasetException">Some were not.</exception>
    public void CheckAllFound(IReadOnlyCollection<LabeledImage> faces)
    {
        if (faces.Count == _ids.Count) return;
        string first = _ids.Except(faces.Select(static face => face.Id), StringComparer.Ordinal).Min(StringComparer.Ordinal)!;
        throw new DatasetException(
            $"{_path} annotates {_ids.Count:N0} photographs, of which {_ids.Count - faces.Count:N0} are not in the set, {first} for one. "
            + "Use the file that belongs to the set.");
    }

    private static LfwAttributes Parse(string path, IEnumerable<string> lines)
    {
        var attributes = new LfwAttributes(path);
        int person = -1, number = -1, columns = 0, line = 0;
        foreach (string text in lines)
        {
            line++;
            string[] cells = text.Split('\t');
            if (text.StartsWith('#'))
            {
                // The header has the '#' in a column of its own, the lines below do not.
                person = Array.IndexOf(cells, "person") - 1;
                number = Array.IndexOf(cells, "imagenum") - 1;
                columns = cells.Length - 1;
                continue;
            }

            if (text.Length == 0) continue;
            if (person < 0 || number < 0)
                throw new DatasetException(
                    $"{path}, line {line}: no header with the columns person and imagenum (a line that begins with '#') comes before it.");
            if (cells.Length != columns || !int.TryParse(cells[number], NumberStyles.None, CultureInfo.InvariantCulture, out int imageNumber))
                throw new DatasetException(
                    $"{path}, line {line}: {columns} columns with a whole number under imagenum are needed, {cells.Length} are there.");

            string name = cells[person].Replace(' ', '_');
            if (!attributes._ids.Add($"{name}/{name}_{imageNumber:D4}.jpg"))
                throw new DatasetException($"{path}, line {line}: {cells[person]} {imageNumber} comes twice.");
        }

        return attributes._ids.Count > 0 ? attributes : throw new DatasetException($"{path} annotates no photograph.");
    }
}
