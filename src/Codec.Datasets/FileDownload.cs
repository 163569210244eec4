using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;

namespace Codec.Datasets;

/// <summary>Downloads a file; it appears under its name only when it is complete and verified.</summary>
internal sealed class FileDownload(HttpClient http, TimeProvider time)
{
    // Short, because synthetic faces can replace the download.
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(10);

    // A connection that stalls for this long rarely recovers.
    private static readonly TimeSpan StallTimeout = TimeSpan.FromSeconds(30);

    // Exclusive, so that two programs never write the same partial file. The file is renamed while it is open, which Windows allows only
    // with FileShare.Delete.
    private static FileShare Alone => OperatingSystem.IsWindows() ? FileShare.Delete : FileShare.None;

    /// <summary>Downloads a file, and resumes after the bytes of an earlier attempt.</summary>
    /// <param name="file">The file.</param>
    /// <param name="folder">The target folder; created if missing.</param>
    /// <param name="progress">Receives the completed fraction, 0 to 1.</param>
    /// <param name="cancellationToken">Stops the download; the received part is kept for the next attempt.</param>
    /// <returns>The file's path.</returns>
    /// <exception cref="DatasetException">The address does not answer, stalls, or sends another file.</exception>
    public async Task<string> FetchAsync(RemoteFile file, string folder, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        string path = Path.Combine(folder, file.Name),
            partial = path + ".partial";
        // A file gets its name only after it is verified.
        if (File.Exists(path))
            return path;
        try
        {
            Directory.CreateDirectory(folder);
            FileStream target = new(partial, FileMode.OpenOrCreate, FileAccess.ReadWrite, Alone);
            await using (target.ConfigureAwait(false))
            {
                try
                {
                    if (target.Length != file.Length)
                        await ReceiveAsync(file, target, progress, cancellationToken).ConfigureAwait(false);
                    await VerifyAsync(file, target, cancellationToken).ConfigureAwait(false);
                    File.Move(partial, path, overwrite: true);
                }
                finally
                {
                    if (target.Length == 0)
                        File.Delete(partial);
                }
            }

            return path;
        }
        catch (Exception e)
            when (e is HttpRequestException or IOException or UnauthorizedAccessException
                || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested)
            )
        {
            string reason = e is OperationCanceledException ? "it does not answer, or has stalled" : e.Message;
            throw new DatasetException($"{file.Address} cannot be downloaded: {reason}", e);
        }
    }

    private async Task ReceiveAsync(RemoteFile file, FileStream target, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        // A partial file longer than the whole is wrong: start again.
        long have = target.Length < file.Length ? target.Length : 0;
        using var request = new HttpRequestMessage(HttpMethod.Get, file.Address);
        if (have > 0)
            request.Headers.Range = new RangeHeaderValue(have, null);

        using HttpResponseMessage response = await WithinAsync(
                AnswerTimeout,
                token => http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, token),
                cancellationToken
            )
            .ConfigureAwait(false);
        response.EnsureSuccessStatusCode();
        if (response.StatusCode != HttpStatusCode.PartialContent || response.Content.Headers.ContentRange?.From != have)
            have = 0;
        if (response.Content.Headers.ContentLength is { } length && have + length != file.Length)
        {
            throw new DatasetException(
                $"{file.Address} offers {have + length:N0} bytes; {file.Name} has {file.Length:N0}. The address serves something else."
            );
        }

        target.SetLength(have);
        target.Position = have;
        Stream source = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        await using (source.ConfigureAwait(false))
        {
            var buffer = new byte[1 << 16];
            while (
                await WithinAsync(StallTimeout, token => source.ReadAsync(buffer, token).AsTask(), cancellationToken).ConfigureAwait(false)
                    is > 0
                        and var count
            )
            {
                if (target.Position + count > file.Length)
                {
                    throw new DatasetException(
                        $"{file.Address} sends more than the {file.Length:N0} bytes of {file.Name}. The address serves something else."
                    );
                }

                await target.WriteAsync(buffer.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
                progress?.Report((double)target.Position / file.Length);
            }
        }
    }

    private static async Task VerifyAsync(RemoteFile file, FileStream target, CancellationToken cancellationToken)
    {
        await target.FlushAsync(cancellationToken).ConfigureAwait(false);
        if (target.Length < file.Length)
            throw new DatasetException($"{file.Address} ended after {target.Length:N0} of {file.Length:N0} bytes; run again to resume.");

        target.Position = 0;
        string sha256 = Convert.ToHexStringLower(await SHA256.HashDataAsync(target, cancellationToken).ConfigureAwait(false));
        if (sha256 == file.Sha256)
            return;
        target.SetLength(0);
        throw new DatasetException($"{file.Address} served a file with SHA-256 {sha256}, not {file.Sha256}; it was discarded.");
    }

    private async Task<T> WithinAsync<T>(TimeSpan limit, Func<CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        return await work(either.Token).ConfigureAwait(false);
    }
}
