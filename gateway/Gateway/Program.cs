using Microsoft.Extensions.Options;
using Sallyport.Gateway;
using Sallyport.Gateway.Link;
using Sallyport.Gateway.Screen;
using Sallyport.Gateway.Sessions;
using Sallyport.Gateway.Terminal;
using Sallyport.Gateway.Web;
using Sallyport.Hosting;
using Sallyport.Hosting.Telemetry;

var builder = WebApplication.CreateBuilder(args);
builder.Services.AddOptions<GatewayOptions>().BindConfiguration(GatewayOptions.Section).ValidateDataAnnotations().ValidateOnStart();
builder.Services.AddSingleton(TimeProvider.System);
builder.Services.AddTrustedProxies();
builder.AddLogFormat();
builder.AddTelemetry("gateway", metrics => metrics.AddMeter(GatewayMetrics.MeterName));
builder.Services.AddLink();
builder.Services.AddSessions();
builder.Services.AddSingleton<ISessionProtocol, TerminalProtocol>();
builder.Services.AddSingleton<ISessionProtocol, ScreenProtocol>();
builder.Services.AddWebSessions();
builder.Services.AddSingleton(services => new GatewayAddresses(
    services.GetRequiredService<IOptions<GatewayOptions>>().Value.Url, services.GetRequiredService<IOptions<GatewayOptions>>().Value.OverlayAddress, services.GetRequiredService<IOptions<WebOptions>>().Value.Origin));
builder.WebHost.ConfigureKestrel(kestrel =>
{
    kestrel.AddServerHeader = false;
    kestrel.Limits.MaxRequestBodySize = 64 * 1024;
});

var app = builder.Build();
app.UseForwardedHeaders();
app.UseWebSockets();
app.UseWebSessions();
app.Use((http, next) =>
{
    SessionPage.Protect(http.Response);
    http.Response.Headers.ContentSecurityPolicy = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
    return next(http);
});
app.MapHealth();
app.MapSessions();
await app.RunAsync();
