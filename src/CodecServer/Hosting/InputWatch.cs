namespace Codec.Server.Hosting;

/// <summary>
/// Stops the server when its standard input ends. The system closes a pipe however the process at its other end dies, so that a server does
/// not outlive the program that started it.
/// </summary>
internal sealed class InputWatch(IHostApplicationLifetime lifetime, ILogger<InputWatch> log) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        // A thread of its own: reads of the standard input cannot be canceled. It does not keep the process alive.
        new Thread(Read) { IsBackground = true, Name = "standard input" }.Start();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private void Read()
    {
        try
        {
            using Stream input = Console.OpenStandardInput();
            Span<byte> ignored = stackalloc byte[256];
            while (input.Read(ignored) > 0) { }
        }
        catch (IOException)
        {
            // An input that cannot be read has ended.
        }

        // The program that stops this server closes its input, too.
        if (!lifetime.ApplicationStopping.IsCancellationRequested)
            ServerLog.InputEnded(log);
        lifetime.StopApplication();
    }
}
