using Sallyport.Contracts;

namespace Sallyport.Portal.Sessions.Frames;

/// <summary>What the page of a session has for one kind of service. Each component is a <see cref="SessionFramePart"/>.</summary>
/// <param name="Script">What runs the page; it finds there what the components put there.</param>
/// <param name="Body">Where one works; null: not on this page.</param>
/// <param name="State">In the bar: what changes by itself.</param>
/// <param name="Tools">In the bar: what one does.</param>
/// <param name="Style">A style sheet of its own.</param>
/// <param name="Preload">A script that is needed in any case, and fetched while the session opens.</param>
/// <param name="Modules">Further scripts that the first one loads, by the attribute that it finds their address in.</param>
internal sealed record SessionFrameParts(string Script, Type? Body = null, Type? State = null, Type? Tools = null, string? Style = null, string? Preload = null, IReadOnlyDictionary<string, string>? Modules = null)
{
    private static readonly Dictionary<ServiceKind, SessionFrameParts> ByKind = new()
    {
        [ServiceKind.Ssh] = new(
            "client/terminal.js",
            typeof(TerminalBody),
            Tools: typeof(TerminalTools),
            Style: "client/terminal.css",
            Preload: "client/xterm.js",
            Modules: new Dictionary<string, string> { ["data-xterm"] = "client/xterm.js", ["data-webgl"] = "client/xterm-webgl.js" }),
        [ServiceKind.Vnc] = new("client/screen.js", typeof(ScreenBody), typeof(ScreenState), typeof(ScreenTools)),
        [ServiceKind.Web] = new("client/web.js"),
    };

    public static SessionFrameParts Of(ServiceKind kind) => ByKind[kind];
}
