using System.IO.Pipelines;
using System.Net.Security;
using System.Security.Authentication;

namespace Codec.Server.Network;

/// <summary>
/// Tries a certificate in a handshake in memory. A certificate can be read and yet not be served: OpenSSL looks at the sizes of keys, at
/// signatures and at curves only then.
/// </summary>
internal static class TlsTrial
{
    /// <summary>Shakes hands once, as the public endpoint would.</summary>
    /// <exception cref="AuthenticationException">TLS cannot serve the certificate.</exception>
    /// <exception cref="IOException">As above.</exception>
    public static async Task RunAsync(SslStreamCertificateContext certificate)
    {
        Pipe up = new(),
            down = new();
        await using var server = new SslStream(new PipeStream(up.Reader, down.Writer));
        await using var client = new SslStream(new PipeStream(down.Reader, up.Writer));
        await Task.WhenAll(
            OrEndAsync(
                server,
                server.AuthenticateAsServerAsync(
                    new SslServerAuthenticationOptions { ServerCertificateContext = certificate, EnabledSslProtocols = ServerTls.Protocols }
                )
            ),
            OrEndAsync(
                client,
                client.AuthenticateAsClientAsync(
                    new SslClientAuthenticationOptions
                    {
                        // Whether a client trusts its authority is not the question.
                        RemoteCertificateValidationCallback = (_, served, _, _) => certificate.TargetCertificate.Equals(served),
                    }
                )
            )
        );
    }

    /// <summary>Waits for one side; ends its stream if it fails, so that the other does not wait for it.</summary>
    private static async Task OrEndAsync(SslStream stream, Task handshake)
    {
        try
        {
            await handshake;
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
    }

    /// <summary>One end of a connection in memory.</summary>
    private sealed class PipeStream(PipeReader input, PipeWriter output) : Stream
    {
        private readonly Stream _input = input.AsStream();
        private readonly Stream _output = output.AsStream();

        public override bool CanRead => true;

        public override bool CanWrite => true;

        public override bool CanSeek => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count) => _input.Read(buffer, offset, count);

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            _input.ReadAsync(buffer, cancellationToken);

        public override void Write(byte[] buffer, int offset, int count) => _output.Write(buffer, offset, count);

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            _output.WriteAsync(buffer, cancellationToken);

        public override void Flush() => _output.Flush();

        public override Task FlushAsync(CancellationToken cancellationToken) => _output.FlushAsync(cancellationToken);

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            _input.Dispose();
            _output.Dispose();
            base.Dispose(disposing);
        }
    }
}
