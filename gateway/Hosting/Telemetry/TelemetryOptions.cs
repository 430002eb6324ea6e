using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using System.Net;

namespace Sallyport.Hosting.Telemetry;

/// <summary>What a program tells of itself to monitoring, and where: section <c>Telemetry</c> of the configuration. By default nothing is measured.</summary>
public sealed record TelemetryOptions : IValidatableObject
{
    public const string Section = "Telemetry";

    /// <summary>
    /// Address and port of a listener of its own that serves <c>/metrics</c> to Prometheus, such as <c>127.0.0.1:9464</c>. It asks nobody who they
    /// are, so it never listens on all addresses. Null: there is none.
    /// </summary>
    public string? Metrics { get; init; }

    /// <summary>A collector that metrics are pushed to by OTLP over gRPC, such as <c>http://127.0.0.1:4317</c>. Null: there is none.</summary>
    public Uri? OtlpEndpoint { get; init; }

    /// <summary>Whether traces of requests, too, are pushed to <see cref="OtlpEndpoint"/>.</summary>
    public bool Traces { get; init; }

    /// <summary>Whether anything is measured at all.</summary>
    public bool IsOn => Metrics is not null || OtlpEndpoint is not null;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Metrics is not null && !TryReadEndpoint(Metrics, out _))
        {
            yield return new($"{Section}:Metrics is “{Metrics}”: give one IP address of this machine and a port, such as 127.0.0.1:9464. All addresses (0.0.0.0, [::]) are refused: anybody could read it.");
        }

        if (OtlpEndpoint is not null && !(OtlpEndpoint.IsAbsoluteUri && OtlpEndpoint.Scheme is "http" or "https"))
        {
            yield return new($"{Section}:OtlpEndpoint is “{OtlpEndpoint}”: give the collector's http or https address, such as http://127.0.0.1:4317.");
        }

        if (Traces && OtlpEndpoint is null)
        {
            yield return new($"{Section}:Traces needs {Section}:OtlpEndpoint: there is nowhere to send them.");
        }
    }

    internal static bool TryReadEndpoint(string? text, [NotNullWhen(true)] out IPEndPoint? endpoint) =>
        IPEndPoint.TryParse(text ?? "", out endpoint) && endpoint.Port > 0 && !endpoint.Address.Equals(IPAddress.Any) && !endpoint.Address.Equals(IPAddress.IPv6Any);
}
