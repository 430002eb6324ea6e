using Microsoft.Extensions.Options;
using Sallyport.Contracts.Links;
using Sallyport.Hosting;
using Sallyport.Hosting.Telemetry;
using Sallyport.Hub;
using Sallyport.Hub.Firewall;
using Sallyport.Hub.Link;
using Sallyport.Hub.WireGuard;

var builder = Host.CreateApplicationBuilder(args);
builder.Services.AddOptions<HubOptions>().BindConfiguration(HubOptions.Section).ValidateDataAnnotations().ValidateOnStart();
builder.Services.AddSingleton(TimeProvider.System);
builder.AddLogFormat();
builder.AddTelemetry("hub", metrics => metrics.AddMeter(HubMetrics.MeterName));
builder.Services.AddSingleton<SavedEndpoints>().AddSingleton<WireGuardDevice>().AddSingleton<PathFirewall>().AddSingleton<HubReconciler>();
builder.Services.AddSingleton(provider =>
{
    var options = provider.GetRequiredService<IOptions<HubOptions>>().Value;
    return new LinkClient(options.PortalUrl, options.PortalCertificatePin, options.DataFolder, provider.GetRequiredService<TimeProvider>());
});
builder.Services.AddHostedService<PortalLink>().AddHostedService<HealthReporter>();
await builder.Build().RunAsync();
