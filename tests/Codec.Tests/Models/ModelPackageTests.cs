using System.IO.Compression;
using Codec.Errors;
using Codec.Models;
using Codec.Tests.Shared;

namespace Codec.Tests.Models;

public sealed class ModelPackageTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly string _path;

    public ModelPackageTests() => _path = _directory.File("model.codec");

    [Fact]
    public void Load_WhatWasSaved_GivesTheSameVersionAndBlobs()
    {
        ModelPackage package = TestManifests.Package();
        package.Save(_path);
        ModelPackage loaded = ModelPackage.Load(_path);
        Assert.Equal(package.Version, loaded.Version);
        Assert.Equal(package.Blobs.Keys.Order(DigestOrder), loaded.Blobs.Keys.Order(DigestOrder));
    }

    [Fact]
    public void Save_Twice_GivesTheSameFile()
    {
        TestManifests.Package().Save(_path);
        byte[] first = File.ReadAllBytes(_path);
        TestManifests.Package().Save(_path);
        Assert.Equal(first, File.ReadAllBytes(_path));
    }

    [Fact]
    public void Constructor_BlobNotAsListed_Throws()
    {
        ModelPackage package = TestManifests.Package();
        Digest prior = package.Manifest.Prior.Digest;
        Dictionary<Digest, ReadOnlyMemory<byte>> With(Digest digest, byte[] bytes) => new(package.Blobs) { [digest] = bytes };

        Refused(With(prior, [9, 9, 9]), "digest");
        Refused(With(prior, [3, 3]), "2 bytes");
        Refused(With(Digest.Of([7]), [7]), "does not list");

        void Refused(Dictionary<Digest, ReadOnlyMemory<byte>> blobs, string word) =>
            Assert.Contains(
                word,
                Assert.Throws<InvalidModelException>(() => new ModelPackage(package.ManifestBytes, blobs)).Message,
                StringComparison.Ordinal
            );
    }

    [Fact]
    public void Save_BlobMissing_IsRefusedAndLeavesNothing()
    {
        ModelPackage whole = TestManifests.Package();
        var package = new ModelPackage(whole.ManifestBytes, new Dictionary<Digest, ReadOnlyMemory<byte>>());
        Assert.Throws<InvalidOperationException>(() => package.Save(_path));
        Assert.Empty(Directory.GetFiles(_directory.Path));
    }

    [Fact]
    public void Load_DamagedAnywhere_GivesOnlyTheDocumentedException()
    {
        TestManifests.Package().Save(_path);
        byte[] bytes = File.ReadAllBytes(_path);
        var random = new Random(9);
        for (int round = 0; round < 2_000; round++)
        {
            byte[] damaged = round % 2 == 0 ? bytes[..random.Next(bytes.Length)] : [.. bytes];
            if (damaged.Length > 0)
                damaged[random.Next(damaged.Length)] ^= (byte)(1 << random.Next(8));
            File.WriteAllBytes(_path, damaged);
            try
            {
                // Some bits of a zip archive have no meaning: after such a flip the model is whole and verified.
                Assert.Equal(TestManifests.Package().Version, ModelPackage.Load(_path).Version);
            }
            catch (InvalidModelException) { }
        }
    }

    [Fact]
    public void Load_EntryThatInflatesBeyondItsBound_IsRefused()
    {
        using (ZipArchive archive = ZipFile.Open(_path, ZipArchiveMode.Create))
        using (Stream stream = archive.CreateEntry("manifest.json").Open())
        {
            stream.Write(new byte[ModelLimits.MaxManifestBytes + 1]);
        }

        Assert.Contains("at most", Assert.Throws<InvalidModelException>(() => ModelPackage.Load(_path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_NoFile_IsAnIOException() => Assert.ThrowsAny<IOException>(() => ModelPackage.Load(_path));

    public void Dispose() => _directory.Dispose();

    private static Comparer<Digest> DigestOrder { get; } = Comparer<Digest>.Create((a, b) => string.CompareOrdinal(a.Hex, b.Hex));
}
