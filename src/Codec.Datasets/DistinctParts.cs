using Codec.Models;

namespace Codec.Datasets;

/// <summary>Keeps what is trained on from being held out.</summary>
public static class DistinctParts
{
    /// <summary>Requires that no image is in two parts; it may be twice in one.</summary>
    /// <param name="parts">The images of each part: name and digest of the file.</param>
    /// <exception cref="DatasetException">An image is in two parts.</exception>
    public static void Require(IEnumerable<IEnumerable<(string Id, Digest Content)>> parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        var owners = new Dictionary<Digest, (int Part, string Id)>();
        foreach ((int number, IEnumerable<(string Id, Digest Content)> part) in parts.Index())
        {
            foreach ((string id, Digest content) in part)
            {
                if (owners.TryAdd(content, (number, id)) || owners[content].Part == number)
                    continue;
                throw new DatasetException(
                    $"{id} is the same image as {owners[content].Id} of another folder: what is trained on cannot be held out. "
                        + "Remove one of them."
                );
            }
        }
    }
}
