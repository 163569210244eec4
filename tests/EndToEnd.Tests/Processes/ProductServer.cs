namespace EndToEnd.Tests.Processes;

/// <summary>A server process on the loopback; killed when it is disposed, its data stay in the folder.</summary>
internal sealed class ProductServer : IAsyncDisposable
{
    private readonly ProductProcess _process;

    private ProductServer(ProductProcess process, string address) => (_process, Address) = (process, address);

    public string Address { get; }

    /// <summary>Starts a server over a folder's data and waits until it listens.</summary>
    /// <param name="folder">Holds the data, also of a server that ran before.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <param name="address">Port 0 takes a free one.</param>
    /// <param name="shippedModels">Whether the models that ship are published at the first start.</param>
    public static async Task<ProductServer> StartAsync(
        string folder,
        CancellationToken cancellationToken,
        string address = "http://127.0.0.1:0",
        bool shippedModels = false
    )
    {
        string addressFile = Path.Combine(folder, "address");
        File.Delete(addressFile);
        string[] arguments = ["--listen", address, "--data-directory", Path.Combine(folder, "data"), "--address-file", addressFile];
        ProductProcess process = ProductProcess.Start(
            "CodecServer",
            "CodecServer",
            shippedModels ? arguments : [.. arguments, "--shipped-models", ""]
        );
        using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(TimeSpan.FromMinutes(1));
        while (!File.Exists(addressFile))
        {
            try
            {
                await Task.Delay(20, deadline.Token);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                string output = process.Output;
                await process.DisposeAsync();
                Assert.Fail("The server did not start: " + output);
            }
        }

        return new ProductServer(process, (await File.ReadAllTextAsync(addressFile, cancellationToken)).Trim());
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}
