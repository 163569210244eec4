using System.Text.Json;
using Codec.Server.Options;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace Codec.Server.Identity;

/// <summary>
/// The public keys of the issuer of tokens, and whether they could be read. They are read at the start, so that a wrong option is noticed
/// then and not by the first caller.
/// </summary>
internal sealed class IssuerKeys(IOptions<IdentityOptions> options, ILogger<IssuerKeys> logger)
    : IConfigurationManager<OpenIdConnectConfiguration>,
        IHostedService,
        IDisposable
{
    /// <summary>Maximum number of characters of a text about what the issuer answers.</summary>
    private const int MaxShown = 1000;

    private readonly CancellationTokenSource _stop = new();
    private readonly Lazy<IConfigurationManager<OpenIdConnectConfiguration>> _source = new(() => SigningKeys.From(options.Value));
    private volatile string? _problem;
    private OpenIdConnectConfiguration? _known;
    private Task _first = Task.CompletedTask;

    /// <summary>Why no token can be checked; null while it can, or if tokens are not accepted.</summary>
    public string? Problem => _problem;

    /// <inheritdoc/>
    public void Dispose() => _stop.Dispose();

    /// <summary>Reads the keys. Keys at a URL are not awaited: the issuer may start after this server.</summary>
    /// <exception cref="ArgumentException">The file of keys cannot be used.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (!options.Value.AcceptsTokens)
            return;

        if (SigningKeys.AreInFile(options.Value))
        {
            if (await TryReadAsync(cancellationToken) is { } failure)
                throw new ArgumentException($"{Problem} Correct the file, or --jwt-keys.", failure);
        }
        else
        {
            _first = RefreshAsync(_stop.Token);
        }
    }

    /// <inheritdoc/>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stop.CancelAsync();
        await _first.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Reads the keys at intervals, so that a problem, and its end, are known before a token arrives.</summary>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        string? before = _problem;
        if (options.Value.AcceptsTokens && await TryReadAsync(cancellationToken) is not null && _problem != before)
            ServerLog.IssuerKeysUnreadable(logger, _problem!);
    }

    /// <inheritdoc/>
    public async Task<OpenIdConnectConfiguration> GetConfigurationAsync(CancellationToken cancellationToken)
    {
        try
        {
            OpenIdConnectConfiguration keys = await _source.Value.GetConfigurationAsync(cancellationToken);
            if (Interlocked.Exchange(ref _known, keys) != keys)
            {
                string unfit = string.Join("; ", SigningKeys.DescribeUnfit(keys));
                if (unfit.Length > 0)
                    ServerLog.IssuerKeysUnfit(logger, SigningKeys.PlaceOf(options.Value), Shown(unfit));
            }

            Require(keys);
            _problem = null;
            return keys;
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            _problem = $"The keys of tokens cannot be read from {SigningKeys.PlaceOf(options.Value)}: {Shown(Reason(exception).Message)}";
            throw;
        }
    }

    /// <inheritdoc/>
    public void RequestRefresh() => _source.Value.RequestRefresh();

    /// <summary>Requires a key that verifies signatures. An issuer that withdrew all of them is not believed by those it had.</summary>
    private void Require(OpenIdConnectConfiguration keys)
    {
        if (keys.SigningKeys.Count > 0)
            return;

        RequestRefresh();
        throw new JsonException(
            string.Join("; ", SigningKeys.DescribeUnfit(keys).Prepend("there is no key that verifies signatures of tokens")) + "."
        );
    }

    /// <summary>What others wrote, such as names of keys, without control characters and cut short.</summary>
    private static string Shown(string text) => PlainText.Line(text.Length <= MaxShown ? text : text[..MaxShown] + "…");

    /// <summary>Our own exception where there is one; otherwise the first cause, which the library's messages do not name.</summary>
    private static Exception Reason(Exception exception)
    {
        for (Exception? cause = exception; cause is not null; cause = cause.InnerException)
        {
            if (cause is JsonException or InvalidDataException)
                return cause;
        }

        return exception.GetBaseException();
    }

    private async Task<Exception?> TryReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            await GetConfigurationAsync(cancellationToken);
            return null;
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            return exception;
        }
    }
}
