using Microsoft.Playwright;

namespace Sallyport.Benchmarks.Installation;

/// <summary>When what happened between a press of Connect and the prompt, by the browser's own clock, in milliseconds.</summary>
/// <param name="Click">The button was pressed.</param>
/// <param name="Leave">The session's page was asked for: the portal has checked the grant, and the path is open.</param>
/// <param name="Page">Its HTML was read.</param>
/// <param name="Script">Its script has begun to ask for the ticket.</param>
/// <param name="Ticket">The ticket came.</param>
/// <param name="Socket">The WebSocket is open.</param>
/// <param name="Opened">The gateway has redeemed the ticket, begun the recording and signed in at the asset.</param>
/// <param name="Prompt">The first output that holds a prompt.</param>
internal sealed record ConnectTimes(double Click, double Leave, double Page, double Script, double Ticket, double Socket, double Opened, double Prompt)
{
    /// <summary>Runs in every page before its own scripts.</summary>
    public const string Watcher = """
        (() => {
          const now = () => performance.timeOrigin + performance.now();
          addEventListener('click', () => sessionStorage.setItem('bench-click', now()), true);
          if (!location.pathname.startsWith('/sessions/')) return;
          const t = window.benchTimes = { click: Number(sessionStorage.getItem('bench-click')), leave: performance.timeOrigin };
          let shown = '';
          window.WebSocket = class extends WebSocket {
            constructor(...args) {
              super(...args);
              t.ticket = now();
              this.addEventListener('open', () => { t.socket = now(); });
              this.addEventListener('message', ({ data }) => {
                const bytes = new Uint8Array(data);
                if (bytes[0] === 0x10) t.opened ??= now();
                if (bytes[0] === 0x11 && !t.prompt) {
                  shown += new TextDecoder().decode(bytes.subarray(9));
                  if (shown.includes('$ ')) t.prompt = now();
                }
              });
            }
          };
          const ask = window.fetch;
          window.fetch = (...args) => { t.script ??= now(); return ask(...args); };
        })();
        """;

    /// <summary>Waits for the prompt on a session's page.</summary>
    public static async Task<ConnectTimes> OfAsync(IPage page)
    {
        await page.WaitForFunctionAsync("() => window.benchTimes?.prompt");
        return await page.EvaluateAsync<ConnectTimes>("() => ({ ...benchTimes, page: performance.timeOrigin + performance.getEntriesByType('navigation')[0].responseEnd })");
    }
}
