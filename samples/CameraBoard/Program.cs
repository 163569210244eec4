using System.Net;
using Codec.Client;
using Codec.Samples.CameraBoard;

// Shows the last image of each camera: http://127.0.0.1:5000 after
//   CameraBoard --Codec:Address=http://… --Channel=cameras
WebApplicationBuilder builder = WebApplication.CreateBuilder(args);
builder.Services.AddCodecClient(builder.Configuration.GetSection("Codec"));
builder.Services.AddHealthChecks().AddCheck<CodecHealthCheck>("codec");
builder.Services.AddSingleton(services => new Board(
    services.GetRequiredService<CodecClient>(),
    builder.Configuration["Channel"] ?? "cameras"
));
builder.Services.AddHostedService(services => services.GetRequiredService<Board>());
WebApplication app = builder.Build();
app.MapHealthChecks("/health");
app.MapGet("/", (Board board) => Results.Content(Page(board.Cameras), "text/html; charset=utf-8"));
app.MapGet(
    "/cameras/{camera}",
    (string camera, Board board) => board.Find(camera) is { } png ? Results.Bytes(png, "image/png") : Results.NotFound()
);
await app.RunAsync();

static string Page(IEnumerable<string> cameras) =>
    "<!doctype html><title>Cameras</title><meta http-equiv='refresh' content='2'>"
    + string.Concat(
        cameras.Select(name =>
            $"<figure><img src='/cameras/{Uri.EscapeDataString(name)}'><figcaption>{WebUtility.HtmlEncode(name)}</figcaption></figure>"
        )
    );
