using Codec.Images;
using Codec.Models;
using Grpc.Core;

namespace Codec.Client.Testing;

/// <summary>The versions and aliases of an <see cref="InMemoryServer"/>.</summary>
internal sealed class InMemoryModels(TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<Digest, Version> _versions = [];
    private readonly SortedDictionary<(string Model, string Alias), AliasInfo> _aliases = [];

    /// <summary>Loads a version; one that exists is returned unchanged.</summary>
    public VersionInfo Add(ModelPackage package, string publisher)
    {
        lock (_lock)
        {
            if (_versions.TryGetValue(package.Version, out Version? version))
                return version.Info;
            long size = package.ManifestBytes.Length + package.Manifest.Blobs.Sum(blob => blob.Size);
            var info = new VersionInfo(package.Manifest.Name, package.Version, publisher, time.GetUtcNow(), size);
            _versions.Add(package.Version, new Version(info, package, CodecModel.Load(package)));
            return info;
        }
    }

    public AliasInfo SetAlias(string model, string alias, Digest version, long? expectedRevision, string caller)
    {
        lock (_lock)
        {
            if (!_versions.TryGetValue(version, out Version? target) || target.Info.Model != model)
                throw new NotFoundException($"{model} has no version {version}.");
            long revision = _aliases.TryGetValue((model, alias), out AliasInfo? current) ? current.Revision : 0;
            if (expectedRevision is { } expected && expected != revision)
                throw new ConflictException(StatusCode.Aborted, revision, $"{model}@{alias} has revision {revision}, not {expected}.");
            return _aliases[(model, alias)] = new AliasInfo(model, alias, version, revision + 1, caller, time.GetUtcNow());
        }
    }

    public Version Get(string reference)
    {
        ModelReference parsed = ModelReference.Parse(reference);
        lock (_lock)
        {
            Digest? digest = parsed.Version ?? _aliases.GetValueOrDefault((parsed.Name, parsed.Alias!))?.Version;
            return digest is { } found && _versions.TryGetValue(found, out Version? version) && version.Info.Model == parsed.Name
                ? version
                : throw new NotFoundException($"The model {reference} does not exist; add it with {nameof(InMemoryServer.AddModel)}.");
        }
    }

    public IReadOnlyList<ModelInfo> List()
    {
        lock (_lock)
        {
            return
            [
                .. _versions
                    .Values.GroupBy(version => version.Info.Model)
                    .OrderBy(model => model.Key, StringComparer.Ordinal)
                    .Select(model => new ModelInfo(model.Key, model.Count(), ListAliases(model.Key))),
            ];
        }
    }

    public IReadOnlyList<VersionInfo> ListVersions(string model)
    {
        lock (_lock)
        {
            VersionInfo[] versions = [.. _versions.Values.Select(version => version.Info).Where(info => info.Model == model)];
            return versions.Length > 0 ? versions : throw new NotFoundException($"The model {model} does not exist.");
        }
    }

    public IReadOnlyList<AliasInfo> ListAliases(string model)
    {
        lock (_lock)
            return [.. _aliases.Values.Where(alias => alias.Model == model)];
    }

    /// <summary>A published version.</summary>
    internal sealed record Version(VersionInfo Info, ModelPackage Package, CodecModel Model)
    {
        /// <summary>Encodes an image.</summary>
        /// <exception cref="InvalidRequestException">It does not fit the model.</exception>
        public byte[] Encode(ImageSource image, int quality, int effort, InMemoryServer server)
        {
            Raster raster = ToRaster(image.Message, server);
            try
            {
                return Model.Encode(raster.Samples, raster.Width, raster.Height, quality, effort);
            }
            catch (ArgumentException exception)
            {
                throw Refused(exception.Message, exception);
            }
        }

        private static Raster ToRaster(V1.Image image, InMemoryServer server)
        {
            if (image.Pixels is { } pixels)
                return new Raster(pixels.Width, pixels.Height, pixels.Channels, pixels.Data.ToByteArray());
            if (server.ReadFile is not { } read)
                throw Refused($"The server in memory reads no image files; set {nameof(InMemoryServer)}.{nameof(server.ReadFile)}.", null);
            try
            {
                return read(image.File.Memory);
            }
            catch (ArgumentException exception)
            {
                throw Refused(exception.Message, exception);
            }
        }

        private static InvalidRequestException Refused(string message, Exception? cause) => new(StatusCode.InvalidArgument, message, cause);
    }
}
