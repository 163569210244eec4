using System.Globalization;
using System.Text.RegularExpressions;
using CliWrap.Buffered;
using Codec;
using Codec.Client;
using Codec.Models;
using Codec.Tests.Shared;
using Codec.Tests.Shared.Processes;
using Grpc.Health.V1;
using Grpc.Net.Client;

namespace EndToEnd.Tests.Containers;

/// <summary>Tests the server's image with the real client outside the container.</summary>
public sealed class ServerContainerTests(Images images)
{
    private const string Channel = "faces";

    private static readonly ModelPackage Model = SmallModel.Create();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Image_Contents_AreSmallLabelledAndConfined()
    {
        string image = await images.ServerAsync();
        string labels = await Docker.RunAsync("image", "inspect", "--format", "{{json .Config.Labels}}", image);
        string files = await Docker.RunAsync("run", "--rm", "--entrypoint", "/app/CodecServer", image, "--version");

        Assert.InRange(
            long.Parse(await Docker.RunAsync("image", "inspect", "--format", "{{.Size}}", image), CultureInfo.InvariantCulture),
            1,
            210_000_000
        );
        Assert.Contains($"\"org.opencontainers.image.version\":\"{Repository.Version}\"", labels, StringComparison.Ordinal);
        Assert.Matches("\"org.opencontainers.image.revision\":\"[0-9a-f]{40}", labels);
        Assert.StartsWith($"codec-server {Repository.Version}+", files, StringComparison.Ordinal);
        Assert.Equal("1654:1654", await Docker.RunAsync("image", "inspect", "--format", "{{.Config.User}}", image));
        Assert.DoesNotContain(await FilesAsync(image), file => file.Contains("torch", StringComparison.OrdinalIgnoreCase));
        Assert.DoesNotContain(await FilesAsync(image), file => file is "bin/sh" or "usr/bin/sh" or "bin/bash" or "usr/bin/bash");
    }

    [Fact]
    public async Task Start_FreshVolume_GoesFromStartingToServing()
    {
        await using ServerContainer server = await ServerContainer.StartAsync(images);
        Assert.Equal("starting", await server.InspectAsync("{{.State.Health.Status}}"));

        await server.WhenHealthyAsync();

        using GrpcChannel channel = GrpcChannel.ForAddress(server.Address);
        HealthCheckResponse health = await new Health.HealthClient(channel).CheckAsync(
            new HealthCheckRequest(),
            cancellationToken: Cancelled
        );
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, health.Status);
        Assert.Equal((0, "Serving"), await server.ExecuteAsync("/app/CodecServer", "--health-check"));
        Assert.Equal(
            (1, true),
            await server.ExecuteAsync("/app/CodecServer", "--health-check", "--operations-listen", "http://*:5082") is var (status, output)
                ? (status, output.StartsWith("No answer", StringComparison.Ordinal))
                : default
        );
        Assert.Equal("true", await server.InspectAsync("{{.HostConfig.ReadonlyRootfs}}"));
    }

    [Fact]
    public async Task Stream_ClientOutside_DecodesWhatTheServerEncoded()
    {
        await using ServerContainer server = await ServerContainer.StartAsync(images);
        await server.WhenHealthyAsync();
        using CodecClient client = server.Connect();
        await PublishModelAsync(client);
        await client.CreateChannelAsync(Channel, cancellationToken: Cancelled);
        byte[][] faces = [.. Enumerable.Range(1, 100).Select(SmallModel.Image)];

        await SendAsync(client, faces);

        List<DecodedImage> received = await ReceiveAsync(client, faces.Length);
        Assert.Equal(Enumerable.Range(1, faces.Length).Select(i => (long)i), received.Select(image => image.Sequence));
        using var model = CodecModel.Load(Model);
        Assert.All(
            received,
            (image, i) =>
                Assert.Equal(model.Decode(model.Encode(faces[i], SmallModel.Side, SmallModel.Side, 1), 1).Samples, image.Pixels.ToArray())
        );
    }

    [Fact]
    public async Task Kill_StartAgainOnTheSameVolume_EverythingAcknowledgedIsThere()
    {
        await using ServerContainer server = await ServerContainer.StartAsync(images);
        await server.WhenHealthyAsync();
        using CodecClient client = server.Connect();
        await PublishModelAsync(client);
        await client.CreateChannelAsync(Channel, cancellationToken: Cancelled);
        byte[][] faces = [.. Enumerable.Range(1, 400).Select(SmallModel.Image)];
        await SendAsync(client, faces[..200]);

        // Kill the server while some images are unacknowledged; the publisher sends those again.
        await using (
            ChannelPublisher publisher = await client.OpenPublisherAsync(Channel, Model.Manifest.Name, 1, cancellationToken: Cancelled)
        )
        {
            Task<Acknowledgement>[] first = await SendAllAsync(publisher, faces[200..230]);
            await first[^1];
            Task<Task<Acknowledgement>[]> rest = SendAllAsync(publisher, faces[230..]);
            await server.KillAsync();
            Assert.Equal("137", await server.InspectAsync("{{.State.ExitCode}}"));
            await server.StartAgainAsync();
            await Task.WhenAll(await rest);
        }

        List<DecodedImage> received = await ReceiveAsync(client, faces.Length);
        using var model = CodecModel.Load(Model);
        Assert.All(
            received,
            (image, i) =>
                Assert.Equal(model.Decode(model.Encode(faces[i], SmallModel.Side, SmallModel.Side, 1), 1).Samples, image.Pixels.ToArray())
        );
        Assert.Equal(faces.Length + 1, Assert.Single(await client.ListChannelsAsync(Cancelled)).NextSequence);
        ModelInfo known = Assert.Single(await client.ListModelsAsync(Cancelled), model => model.Name == Model.Manifest.Name);
        Assert.Equal(Model.Version, Assert.Single(known.Aliases).Version);
    }

    /// <summary>As a pod with the component tls: certificates from a mounted Secret, keys made in the running container.</summary>
    [Fact]
    public async Task TlsAndKeys_ClientOutside_IsServedWithTheAuthorityAndAKeyOnly()
    {
        using var secret = new TemporaryDirectory();
        using var authority = new CertificateAuthority("authority");
        IssuedCertificate issued = authority.Issue("codec-server");
        secret.Write("tls.crt", issued.Certificate);
        secret.Write("tls.key", issued.Key);
        string ca = secret.Write("ca.crt", authority.Pem);
        // The container's user is another one.
        Assert.True((await Programs.Command("chmod", "755", secret.Path).RunAsync(Cancelled)).IsSuccess);
        await using ServerContainer server = await ServerContainer.StartAsync(images, tls: secret.Path);
        // The image's own probe does not need the certificate, nor a key.
        await server.WhenHealthyAsync();

        (_, string created) = await server.ExecuteAsync(
            "/app/CodecServer",
            "keys",
            "create",
            "anna",
            "--role",
            "admin",
            "--data-directory",
            "/data"
        );
        string key = Regex.Match(created, "codec_[0-9a-f]{12}_[A-Za-z0-9_-]{43}").Value;
        using CodecClient client = Connect(key);
        await Waiting.UntilAsync(
            async () =>
            {
                try
                {
                    return (await client.ListModelsAsync(Cancelled)).Count == 0;
                }
                catch (AccessDeniedException)
                {
                    // The server looks at the keys once a second.
                    return false;
                }
            },
            "The key",
            Cancelled
        );
        await PublishModelAsync(client);
        await client.CreateChannelAsync(Channel, cancellationToken: Cancelled);
        await SendAsync(client, [SmallModel.Image(1)]);

        Assert.Single(await ReceiveAsync(client, 1));
        ModelInfo known = Assert.Single(await client.ListModelsAsync(Cancelled));
        Assert.Equal("anna", Assert.Single(known.Aliases).MovedBy);
        using CodecClient stranger = Connect(key: null);
        await Assert.ThrowsAsync<AccessDeniedException>(() => stranger.ListModelsAsync(Cancelled));
        using CodecClient distrustful = server.Connect(options => options with { ApiKey = key });
        await Assert.ThrowsAsync<UnavailableException>(() => distrustful.PingAsync(Cancelled));

        CodecClient Connect(string? key) =>
            server.Connect(options =>
                options with
                {
                    ApiKey = key,
                    Tls = new ClientTls { CaFile = ca },
                }
            );
    }

    /// <summary>As the pods of the backup's CronJob and of the restore: other containers, on the volume of a running server.</summary>
    [Fact]
    public async Task Backup_FromAnotherContainer_HoldsWhatTheServerAcknowledged()
    {
        await using ServerContainer server = await ServerContainer.StartAsync(images);
        await server.WhenHealthyAsync();
        using CodecClient client = server.Connect();
        await PublishModelAsync(client);
        await client.CreateChannelAsync(Channel, cancellationToken: Cancelled);
        await SendAsync(client, [SmallModel.Image(1), SmallModel.Image(2)]);

        string backup = await RunAsync("backup", "/data/backups", "--data-directory", "/data");
        string restored = await RunAsync("restore", "/data/backups", "--data-directory", "/data/restored");
        string second = await RunAsync("backup", "/data/second", "--data-directory", "/data/restored");
        InvalidOperationException refused = await Assert.ThrowsAsync<InvalidOperationException>(() =>
            RunAsync("restore", "/data/backups", "--data-directory", "/data")
        );

        Assert.Contains("Backup complete: /data/backups/", backup, StringComparison.Ordinal);
        Assert.Contains("Restored /data/backups/", restored, StringComparison.Ordinal);
        Assert.Contains($"Copied the databases; {Model.Blobs.Count} blobs", second, StringComparison.Ordinal);
        Assert.Contains("another server", refused.Message, StringComparison.Ordinal);

        async Task<string> RunAsync(params string[] arguments) =>
            await Docker.RunAsync([
                .. (string[])["run", "--rm", "--read-only", "--cap-drop", "ALL", "--network", "none"],
                .. (string[])["--volumes-from", server.Id, await images.ServerAsync()],
                .. arguments,
            ]);
    }

    [Fact]
    public async Task Pause_OpenStreams_WaitAndContinue()
    {
        await using ServerContainer server = await ServerContainer.StartAsync(images);
        await server.WhenHealthyAsync();
        using CodecClient client = server.Connect();
        await PublishModelAsync(client);
        await client.CreateChannelAsync(Channel, cancellationToken: Cancelled);
        byte[][] faces = [.. Enumerable.Range(1, 60).Select(SmallModel.Image)];
        Task<List<DecodedImage>> receiving = ReceiveAsync(client, faces.Length);
        await using ChannelPublisher publisher = await client.OpenPublisherAsync(
            Channel,
            Model.Manifest.Name,
            1,
            cancellationToken: Cancelled
        );
        await Task.WhenAll(await SendAllAsync(publisher, faces[..30]));

        await server.PauseAsync();
        Task<Acknowledgement>[] waiting = await SendAllAsync(publisher, faces[30..]);

        // A call with a short deadline proves that the server is silent; calls without one still wait.
        using CodecClient impatient = server.Connect(options =>
            options with
            {
                CallTimeout = TimeSpan.FromSeconds(1),
                Reconnect = new ReconnectPolicy { MaxAttempts = 0 },
            }
        );
        await Assert.ThrowsAsync<UnavailableException>(() => impatient.ListModelsAsync(Cancelled));
        Assert.Equal("true", await server.InspectAsync("{{.State.Paused}}"));
        Assert.DoesNotContain(waiting, acknowledged => acknowledged.IsCompleted);
        Assert.False(receiving.IsCompleted);

        await server.ResumeAsync();
        await Task.WhenAll(waiting);
        Assert.Equal(Enumerable.Range(1, faces.Length).Select(i => (long)i), (await receiving).Select(image => image.Sequence));
    }

    [Fact]
    public async Task Sigterm_OpenSubscription_EndsWithinTheGraceAndTheServerExitsWithZero()
    {
        await using ServerContainer server = await ServerContainer.StartAsync(images, options: ("Codec__DrainSeconds", "15"));
        await server.WhenHealthyAsync();
        using CodecClient client = server.Connect(options =>
            options with
            {
                Reconnect = new ReconnectPolicy { MaxAttempts = 0, RestoreForever = false },
            }
        );
        using (CodecClient patient = server.Connect())
        {
            await PublishModelAsync(patient);
        }

        await client.CreateChannelAsync(Channel, cancellationToken: Cancelled);
        await SendAsync(client, [SmallModel.Image(1), SmallModel.Image(2)]);
        await using IAsyncEnumerator<DecodedImage> subscription = client
            .SubscribeAsync(Channel, SubscribeFrom.Start, cancellationToken: Cancelled)
            .GetAsyncEnumerator(Cancelled);
        Assert.True(await subscription.MoveNextAsync());
        Assert.True(await subscription.MoveNextAsync());
        Task<bool> next = subscription.MoveNextAsync().AsTask();

        long started = TimeProvider.System.GetTimestamp();
        await server.StopAsync(graceSeconds: 30);

        await Assert.ThrowsAsync<UnavailableException>(() => next);
        Assert.Equal("0", await server.InspectAsync("{{.State.ExitCode}}"));
        Assert.InRange(TimeProvider.System.GetElapsedTime(started).TotalSeconds, 0, 15);
        Assert.Contains(await server.ReadLogAsync(), entry => entry.Line.Contains("Draining", StringComparison.Ordinal));
    }

    private static async Task PublishModelAsync(CodecClient client)
    {
        await client.UploadModelAsync(Model, cancellationToken: Cancelled);
        await client.SetAliasAsync(Model.Manifest.Name, "live", Model.Version, cancellationToken: Cancelled);
    }

    /// <summary>Sends images until all are acknowledged.</summary>
    private static async Task SendAsync(CodecClient client, byte[][] faces)
    {
        await using ChannelPublisher publisher = await client.OpenPublisherAsync(
            Channel,
            Model.Manifest.Name,
            1,
            cancellationToken: Cancelled
        );
        await Task.WhenAll(await SendAllAsync(publisher, faces));
    }

    /// <summary>Sends images without waiting for their acknowledgements.</summary>
    private static async Task<Task<Acknowledgement>[]> SendAllAsync(ChannelPublisher publisher, byte[][] faces)
    {
        var acknowledgements = new List<Task<Acknowledgement>>();
        foreach (byte[] face in faces)
        {
            acknowledgements.Add(
                (
                    await publisher.SendImageAsync(
                        ImageSource.FromPixels(face, SmallModel.Side, SmallModel.Side),
                        cancellationToken: Cancelled
                    )
                ).Acknowledged
            );
        }

        return [.. acknowledgements];
    }

    private static async Task<List<DecodedImage>> ReceiveAsync(CodecClient client, int count)
    {
        var received = new List<DecodedImage>();
        await foreach (DecodedImage image in client.SubscribeAsync(Channel, SubscribeFrom.Start, cancellationToken: Cancelled))
        {
            received.Add(image);
            if (received.Count == count)
                break;
        }

        return received;
    }

    /// <summary>Lists the paths of all files in an image.</summary>
    private static async Task<string[]> FilesAsync(string image)
    {
        string id = await Docker.RunAsync("create", image);
        try
        {
            BufferedCommandResult result = await Programs
                .Command("/bin/bash", "-c", $"set -o pipefail; docker export {id} | tar --list")
                .RunAsync(Cancelled);
            Assert.True(result.IsSuccess, result.StandardError);
            return result.StandardOutput.Split('\n');
        }
        finally
        {
            await Docker.RunAsync("rm", "--volumes", id);
        }
    }
}
