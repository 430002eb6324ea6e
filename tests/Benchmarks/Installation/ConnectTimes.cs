using Microsoft.Playwright;

namespace Sallyport.Benchmarks.Installation;

/// <summary>When what happened between a press of Connect and the prompt, by the browser's own clock, in milliseconds.</summary>
internal sealed record ConnectTimes
{
    /// <summary>The button was pressed.</summary>
    public double Click { get; init; }

    /// <summary>The session's page was asked for: the portal has checked the grant, and the path is open.</summary>
    public double Leave { get; init; }

    /// <summary>Its HTML was read.</summary>
    public double Page { get; init; }

    /// <summary>Its script has begun to ask for the ticket.</summary>
    public double Script { get; init; }

    /// <summary>The ticket came.</summary>
    public double Ticket { get; init; }

    /// <summary>The WebSocket is open; mostly before the ticket is there.</summary>
    public double Socket { get; init; }

    /// <summary>The gateway can be asked for the session.</summary>
    public double Asked => Math.Max(Ticket, Socket);

    /// <summary>The gateway has redeemed the ticket, begun the recording and signed in at the asset.</summary>
    public double Opened { get; init; }

    /// <summary>The terminal shows a prompt.</summary>
    public double Prompt { get; init; }

    /// <summary>Runs in every page before its own scripts.</summary>
    public const string Watcher = """
        (() => {
          const now = () => performance.timeOrigin + performance.now();
          addEventListener('click', () => sessionStorage.setItem('bench-click', now()), true);
          if (!location.pathname.startsWith('/sessions/')) return;
          const t = window.benchTimes = { click: Number(sessionStorage.getItem('bench-click')), leave: performance.timeOrigin };
          const look = () => {
            const buffer = window.sallyportTerminal?.buffer.active;
            for (let row = 0; buffer && row < 5; row++) if (buffer.getLine(row)?.translateToString().includes('$ ')) t.prompt = now();
            if (!t.prompt) requestAnimationFrame(look);
          };
          look();
          window.WebSocket = class extends WebSocket {
            constructor(...args) {
              super(...args);
              this.addEventListener('open', () => { t.socket = now(); });
              this.addEventListener('message', ({ data }) => {
                const bytes = new Uint8Array(data);
                if (bytes[0] === 0x10) t.opened ??= now();
              });
            }
          };
          const ask = window.fetch;
          window.fetch = (...args) => { t.script ??= now(); return ask(...args).then(answer => { t.ticket ??= now(); return answer; }); };
        })();
        """;

    /// <summary>Waits for the prompt on a session's page.</summary>
    public static async Task<ConnectTimes> OfAsync(IPage page)
    {
        await page.WaitForFunctionAsync("() => window.benchTimes?.prompt");
        return await page.EvaluateAsync<ConnectTimes>("() => ({ ...benchTimes, page: performance.timeOrigin + performance.getEntriesByType('navigation')[0].responseEnd })");
    }
}
