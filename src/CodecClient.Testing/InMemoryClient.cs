using Codec.Models;

namespace Codec.Client.Testing;

/// <summary>
/// A client of an <see cref="InMemoryServer"/>, for the tests of code that takes a <see cref="CodecClient"/>. Several clients may share a
/// server. To make a call fail, derive from this class and override the member.
/// </summary>
/// <remarks>
/// Images, codes, keys, sequences, retention, consumers and aliases behave as on a server. It is always connected, and has no credentials,
/// limits, deadlines or history of aliases: members that need those throw <see cref="NotSupportedException"/>.
/// </remarks>
/// <param name="server">The server.</param>
public partial class InMemoryClient(InMemoryServer server) : CodecClient
{
    private readonly CodecClientOptions _options = new();

    /// <inheritdoc/>
    public override ConnectionState ConnectionState => ConnectionState.Connected;

    /// <inheritdoc/>
    public override CodecClientOptions Options => _options;

    /// <inheritdoc/>
    public override CodecClient WithCallTimeout(TimeSpan callTimeout) => this;

    /// <inheritdoc/>
    public override Task PingAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;

    /// <inheritdoc/>
    public override Task<VersionInfo> UploadModelAsync(
        ModelPackage package,
        IProgress<UploadProgress>? progress = null,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(package);
        return Run(() => server.Models.Add(package, _options.Identity));
    }

    /// <inheritdoc/>
    public override Task<ModelPackage> DownloadModelAsync(string model, CancellationToken cancellationToken = default) =>
        Run(() => server.Models.Get(model).Package);

    /// <inheritdoc/>
    public override Task<CodecModel> GetLocalModelAsync(
        string model,
        bool withEncoder = false,
        string head = ModelManifest.ImageHead,
        CancellationToken cancellationToken = default
    ) => Run(() => server.Models.Get(model).Model);

    /// <inheritdoc/>
    public override Task<IReadOnlyList<ModelInfo>> ListModelsAsync(CancellationToken cancellationToken = default) =>
        Run(server.Models.List);

    /// <inheritdoc/>
    public override Task<IReadOnlyList<VersionInfo>> ListVersionsAsync(string model, CancellationToken cancellationToken = default) =>
        Run(() => server.Models.ListVersions(model));

    /// <inheritdoc/>
    public override Task<AliasInfo> SetAliasAsync(
        string model,
        string alias,
        Digest version,
        long? expectedRevision = null,
        CancellationToken cancellationToken = default
    ) => Run(() => server.Models.SetAlias(model, alias, version, expectedRevision, _options.Identity));

    /// <inheritdoc/>
    public override Task<IReadOnlyList<AliasInfo>> ListAliasesAsync(string model, CancellationToken cancellationToken = default) =>
        Run(() => server.Models.ListAliases(model));

    /// <inheritdoc/>
    public override Task<EncodedImage> EncodeAsync(
        ImageSource image,
        string model,
        int quality,
        int effort = 0,
        CancellationToken cancellationToken = default
    ) =>
        Run(() =>
        {
            RequireEffort(effort);
            InMemoryModels.Version version = server.Models.Get(model);
            return new EncodedImage(version.Info.Digest, quality, version.Encode(image, quality, effort, server));
        });

    /// <summary>Returns the result, or the failure as a failed task, as a call does.</summary>
    private static Task<T> Run<T>(Func<T> call)
    {
        try
        {
            return Task.FromResult(call());
        }
        catch (CodecException exception)
        {
            return Task.FromException<T>(exception);
        }
    }
}
