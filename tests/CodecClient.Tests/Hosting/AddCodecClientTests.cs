using Codec.Client.Tests.Infrastructure;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Http;

namespace Codec.Client.Tests.Hosting;

public sealed class AddCodecClientTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void AddCodecClient_Options_ReturnsOneClientWithThem()
    {
        var services = new ServiceCollection();
        services.AddSingleton(new Uri("http://127.0.0.1:1"));
        services.AddCodecClient((provider, options) => options with { Address = provider.GetRequiredService<Uri>() });
        services.AddCodecClient(options => options with { MaxInFlight = 1 });
        using ServiceProvider provider = services.BuildServiceProvider();
        var client = provider.GetRequiredService<CodecClient>();
        Assert.Same(client, provider.GetRequiredService<CodecClient>());
        Assert.Equal((new Uri("http://127.0.0.1:1"), 64), (client.Options.Address, client.Options.MaxInFlight));
    }

    [Fact]
    public async Task AddCodecClient_ProviderDisposed_DisposesTheClient()
    {
        var services = new ServiceCollection().AddCodecClient(options => options);
        CodecClient client;
        await using (ServiceProvider provider = services.BuildServiceProvider())
            client = provider.GetRequiredService<CodecClient>();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => client.ListModelsAsync(Token));
    }

    [Fact]
    public void AddCodecClient_WithNames_ReturnsAClientForEach()
    {
        IServiceCollection services = new ServiceCollection()
            .AddCodecClient(Section("Codec", ("MaxInFlight", "1")))
            .AddCodecClient("cameras", Section("Codec:Cameras", ("MaxInFlight", "2")))
            .AddCodecClient("avatars", options => options with { MaxInFlight = 3 })
            .AddCodecClient("photos", (_, options) => options with { MaxInFlight = 4 })
            .AddCodecClient("photos", options => options with { MaxInFlight = 5 });
        using ServiceProvider provider = services.BuildServiceProvider();

        Assert.Equal(1, provider.GetRequiredService<CodecClient>().Options.MaxInFlight);
        Assert.Equal(2, provider.GetRequiredKeyedService<CodecClient>("cameras").Options.MaxInFlight);
        Assert.Equal(3, provider.GetRequiredKeyedService<CodecClient>("avatars").Options.MaxInFlight);
        Assert.Equal(4, provider.GetRequiredKeyedService<CodecClient>("photos").Options.MaxInFlight);
        Assert.Single(provider.GetServices<CodecClient>());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("cameras")]
    public async Task Start_AWrongSetting_FailsAndNamesIt(string? name)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        IConfigurationSection section = Section("Codec:Cameras", ("CallTimeout", "00:00:00"));
        if (name is null)
            builder.Services.AddCodecClient(section);
        else
            builder.Services.AddCodecClient(name, section);
        using IHost host = builder.Build();

        var failure = await Assert.ThrowsAsync<ArgumentException>(() => host.StartAsync(Token));

        Assert.Contains("The setting Codec:Cameras:CallTimeout is invalid.", failure.Message, StringComparison.Ordinal);
        Assert.Contains("'00:00:00'; allowed: above 0 and at most a day.", failure.Message, StringComparison.Ordinal);
    }

    /// <summary>How docs/client.md uses IHttpClientFactory: its handler carries the client's calls.</summary>
    [Fact]
    public async Task AddCodecClient_HandlerOfTheFactory_CarriesTheCalls()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync();
        server.Models.OnListModels = _ => new V1.ListModelsResponse();
        var counted = new CountingHandler();
        var services = new ServiceCollection();
        services.AddHttpClient("codec").AddHttpMessageHandler(() => counted);
        services.AddCodecClient(
            (provider, options) =>
                options with
                {
                    Address = new Uri(server.Address),
                    CreateHandler = () => provider.GetRequiredService<IHttpMessageHandlerFactory>().CreateHandler("codec"),
                }
        );
        await using ServiceProvider provider = services.BuildServiceProvider();

        await provider.GetRequiredService<CodecClient>().PingAsync(Token);

        Assert.Equal(1, counted.Requests);
    }

    private static IConfigurationSection Section(string path, params (string Key, string Value)[] settings) =>
        new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create($"{path}:{setting.Key}", (string?)setting.Value)))
            .Build()
            .GetSection(path);

    private sealed class CountingHandler : DelegatingHandler
    {
        public int Requests { get; private set; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Requests++;
            return base.SendAsync(request, cancellationToken);
        }
    }
}
