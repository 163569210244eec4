using Codec.Client;
using Codec.Samples.Forwarder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

// Forwards the codes of one server's channel into a channel of another server, without decoding them.
//   Forwarder --Source:Address=http://… --Target:Address=http://… --Channel=cameras
HostApplicationBuilder builder = Host.CreateApplicationBuilder(args);
builder.Services.AddCodecClient("source", builder.Configuration.GetSection("Source"));
builder.Services.AddCodecClient("target", builder.Configuration.GetSection("Target"));
builder.Services.AddHostedService(services => new Forwarding(
    services.GetRequiredKeyedService<CodecClient>("source"),
    services.GetRequiredKeyedService<CodecClient>("target"),
    builder.Configuration["Channel"] ?? "cameras"
));
await builder.Build().RunAsync();
