namespace Sallyport.Gateway.Web.Forwarding;

/// <summary>What the gateway answers in the asset's stead.</summary>
/// <param name="Message">For the person who did it, or whose HMI did.</param>
internal sealed record Refusal(int Status, string Message)
{
    public Task WriteAsync(HttpContext http, WebSession session) =>
        SessionPage.WriteAsync(http, Status, $"{session.AssetName}: not possible", Message, session.BarOrigin);
}
