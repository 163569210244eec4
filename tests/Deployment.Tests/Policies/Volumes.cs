using System.Globalization;
using Codec.Server;
using Deployment.Tests.Rendering;
using k8s.Models;

namespace Deployment.Tests.Policies;

/// <summary>Checks that the server reaches the bounds of its data before its volume is full, and that its backups fit theirs.</summary>
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
                stored = 2 * database + models,
                needed = stored + Others;
            if (database == 0 || models == 0)
                yield return $"{workload.Name} sets no bound for its databases, or for the files of models";

            foreach (V1PersistentVolumeClaim claim in set.Spec?.VolumeClaimTemplates ?? [])
            {
                if (SizeOf(claim) is { } size && size.ToInt64() < needed)
                {
                    yield return $"{workload.Name} claims {size}; the bounds of the databases, of the models' files and 1 GiB of others "
                        + $"need {GiB(needed)} GiB";
                }
            }

            foreach ((Workload backup, int? kept, string name) in Backups(manifests))
            {
                if (kept is null)
                    yield return $"{backup.Name} keeps every backup: no volume is large enough";

                // The next one is complete before the oldest is deleted.
                long backups = ((kept ?? 0) + 1) * stored;
                V1PersistentVolumeClaim? claim = manifests
                    .All<V1PersistentVolumeClaim>()
                    .FirstOrDefault(item => item.Metadata.Name == name);
                if (claim is not null && SizeOf(claim) is { } size && size.ToInt64() < backups)
                    yield return $"{backup.Name} claims {size}; {kept} backups and the next one need {GiB(backups)} GiB";
            }

            long Bytes(string key)
            {
                // The options' validation reports a value that is not a number.
                _ = long.TryParse(ServerEnvironment.Value(manifests, workload, key), CultureInfo.InvariantCulture, out long bytes);
                return bytes;
            }
        }
    }

    /// <summary>The workloads that write backups, how many they keep, and the claim of their volume.</summary>
    private static IEnumerable<(Workload Workload, int? Kept, string Claim)> Backups(Manifests manifests) =>
        from workload in manifests.Workloads
        from container in workload.Containers
        where container.Args?.FirstOrDefault() == "backup"
        let command = CommandLine.Parse([.. container.Args])
        from mount in container.VolumeMounts
        where mount.MountPath == command.BackupFolder
        from volume in workload.Template!.Spec.Volumes
        where volume.Name == mount.Name
        select (workload, command.Keep, volume.PersistentVolumeClaim.ClaimName);

    private static ResourceQuantity? SizeOf(V1PersistentVolumeClaim claim) =>
        claim.Spec?.Resources?.Requests?.TryGetValue("storage", out ResourceQuantity? size) == true ? size : null;

    private static string GiB(long bytes) => (bytes / (double)(1L << 30)).ToString("0.#", CultureInfo.InvariantCulture);
}
