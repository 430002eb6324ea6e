using Microsoft.Extensions.Options;
using Sallyport.Contracts;
using Sallyport.Contracts.Tickets;
using Sallyport.Gateway.Sessions;

namespace Sallyport.Gateway.Web;

/// <summary>Opens web sessions as all sessions are opened; see <see cref="SessionOpener"/>.</summary>
internal sealed class WebOpener(SessionOpener opener, WebOrigins origins, IOptions<WebOptions> options)
{
    /// <inheritdoc cref="OpenWebSession"/>
    public async Task<WebOpening> OpenAsync(string ticket, TicketUse use, Guid sessionId, string? clientAddress, CancellationToken cancellationToken)
    {
        if (use == TicketUse.TakeOver)
        {
            var taken = await opener.TakeOverAsync<WebSession>(ticket, sessionId, clientAddress, cancellationToken);
            return new WebOpening(taken.Session, taken.Refusal?.Message);
        }

        var opened = await opener.OpenAsync(
            ticket,
            sessionId,
            ServiceKind.Web,
            clientAddress,
            (context, cancel) => WebSession.OpenAsync(context, WebService.Of(context.Order), origins, options.Value.AllowLocalAssets, cancel),
            cancellationToken);
        return new WebOpening(opened.Session, opened.Refusal?.Message);
    }
}
