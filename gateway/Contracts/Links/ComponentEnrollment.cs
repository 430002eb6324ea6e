using Sallyport.Contracts.Signing;

namespace Sallyport.Contracts.Links;

public enum ComponentKind
{
    Gateway,
    Hub,
}

/// <summary>
/// <c>POST /link/enroll</c>: a gateway or hub makes itself known with a one-time code (from <c>portal component add</c>)
/// and the public half of a key that it made itself. A retry with the same code and the same key gets the same answer.
/// </summary>
public sealed record ComponentEnrollment(string Code, PublicKey Key, GatewayInfo? Gateway, HubInfo? Hub);

/// <param name="Url">Where browsers reach this gateway, such as <c>https://gateway.example</c>.</param>
/// <param name="OverlayAddress">The IPv4 address that its connections to assets come from, as the hub sees it.</param>
/// <param name="WebOrigin">Below which web sessions have their origins (see <see cref="WebOrigins"/>); null: it serves none.</param>
public sealed record GatewayInfo(string Url, string OverlayAddress, string? WebOrigin = null);

/// <param name="WireGuardPublicKey">Base64, 32 bytes.</param>
/// <param name="Endpoint">Where plants dial in: <c>address:port</c>, UDP.</param>
public sealed record HubInfo(string WireGuardPublicKey, string Endpoint);

public sealed record ComponentEnrolled(Guid ComponentId, string Name);

/// <summary>The body of every refusal on the control link.</summary>
/// <param name="Error">A short code, such as <c>ticket_replayed</c>.</param>
/// <param name="Message">For a person: what happened and what to do next.</param>
public sealed record LinkError(string Error, string Message);

/// <summary>One JSON form for everything on the control link and towards the browser's session client.</summary>
public static class LinkJson
{
    public static readonly System.Text.Json.JsonSerializerOptions Options = new(System.Text.Json.JsonSerializerDefaults.Web)
    {
        Converters = { new System.Text.Json.Serialization.JsonStringEnumConverter(System.Text.Json.JsonNamingPolicy.KebabCaseLower) },
        DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull,
    };
}
