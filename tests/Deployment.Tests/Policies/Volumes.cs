using System.Globalization;
using Deployment.Tests.Rendering;
using k8s.Models;

namespace Deployment.Tests.Policies;

/// <summary>Checks that the server reaches the bounds of its data before its volume is full.</summary>
internal static class Volumes
{
    /// <summary>The write-ahead logs of both databases, the reserve, and what the file system keeps for itself.</summary>
    private const long Others = 1L << 30;

    public static IEnumerable<string> Overfilled(Manifests manifests)
    {
        foreach (V1StatefulSet set in manifests.All<V1StatefulSet>())
        {
            Workload workload = manifests.Workloads.Single(workload => workload.Name == $"{set.Kind} {set.Metadata.Name}");
            long database = Bytes("Codec:Store:MaxDatabaseBytes"),
                models = Bytes("Codec:Store:ModelQuotaBytes"),
                needed = 2 * database + models + Others;
            if (database == 0 || models == 0)
                yield return $"{workload.Name} sets no bound for its databases, or for the files of models";

            foreach (V1PersistentVolumeClaim claim in set.Spec?.VolumeClaimTemplates ?? [])
            {
                if (claim.Spec?.Resources?.Requests?.TryGetValue("storage", out ResourceQuantity? size) == true && size.ToInt64() < needed)
                {
                    yield return $"{workload.Name} claims {size}; the bounds of the databases, of the models' files and 1 GiB of others "
                        + $"need {GiB(needed)} GiB";
                }
            }

            long Bytes(string key)
            {
                // The options' validation reports a value that is not a number.
                _ = long.TryParse(ServerEnvironment.Value(manifests, workload, key), CultureInfo.InvariantCulture, out long bytes);
                return bytes;
            }
        }
    }

    private static string GiB(long bytes) => (bytes / (double)(1L << 30)).ToString("0.#", CultureInfo.InvariantCulture);
}
