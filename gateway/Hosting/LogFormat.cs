using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Console;

namespace Sallyport.Hosting;

public static class LogFormat
{
    /// <summary>
    /// What <c>Logging:Console:FormatterName=json</c> then writes: one line an event, in UTC, with its scopes, such as the session that it belongs to.
    /// </summary>
    public static void AddLogFormat(this IHostApplicationBuilder builder) => builder.Services.Configure<JsonConsoleFormatterOptions>(options =>
    {
        options.IncludeScopes = true;
        options.UseUtcTimestamp = true;
        options.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";
    });
}
