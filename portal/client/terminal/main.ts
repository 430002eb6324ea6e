// The session page: waits for the plant's release, opens the terminal at the gateway, and shows how it is going.
import { FitAddon } from "@xterm/addon-fit";
import { SerializeAddon } from "@xterm/addon-serialize";
import { Unicode11Addon } from "@xterm/addon-unicode11";
import { WebglAddon } from "@xterm/addon-webgl";
import { Terminal } from "@xterm/xterm";
import "@xterm/xterm/css/xterm.css";
import { countDown, find, over as sayOver, page, post, prepare, say, sessionId, show } from "../session/page";
import { Link, type Resumable } from "./link";

const storageKey = `session-${sessionId}`;
let endsAt = new Date(page.dataset["endsAt"]!).getTime();
let clockOffset = 0;
let controlHeld = false;

const terminal = new Terminal({
  allowProposedApi: true,
  fontFamily: '"JetBrains Mono", ui-monospace, monospace',
  fontSize: Number(localStorage.getItem("terminal-font") ?? 14),
  scrollback: 10_000,
  cursorBlink: true,
  theme: { background: "#0d1013", foreground: "#e4e8eb", cursor: "#6cc0dc", selectionBackground: "#2b5566" },
});
const fit = new FitAddon();
const serialize = new SerializeAddon();
terminal.loadAddon(fit);
terminal.loadAddon(serialize);
terminal.loadAddon(new Unicode11Addon());
terminal.unicode.activeVersion = "11";
Object.assign(window, { sallyportTerminal: terminal });

let link: Link | undefined;
let gateway = "";

// Bytes that the terminal has drawn: what a reloaded page may say it has. The rest is asked for again.
let drawn = 0;

function over(message: string): void {
  sessionStorage.removeItem(storageKey);
  sayOver(message);
}

function start(gatewayUrl: string): Link {
  gateway = gatewayUrl;
  link = new Link(`${gatewayUrl.replace(/^http/, "ws")}/terminal`, sessionId, {
    opened(session) {
      endsAt = new Date(session.endsAt).getTime();
      clockOffset = new Date(session.now).getTime() - Date.now();
      find("overlay").hidden = true;
      find("link-state").textContent = "";
      show("open");
      terminal.focus();
    },
    output: (bytes) => terminal.write(bytes, () => { drawn += bytes.length; }),
    notice(notice) {
      if (notice.endsAt) {
        endsAt = new Date(notice.endsAt).getTime();
      }
      find("banner").textContent = notice.message;
      find("banner").hidden = false;
      setTimeout(() => { find("banner").hidden = true; }, 20_000);
    },
    dropped(since) {
      show("dropped");
      find("link-state").textContent = `Link dropped ${Math.round((performance.now() - since) / 1000)} s ago, trying again…`;
    },
    ended: (end) => over(end.message),
  });
  return link;
}

function paste(text: string): void {
  if (/[\r\n]/.test(text.trimEnd()) && !confirm(`Paste ${text.trimEnd().split(/\r?\n/).length} lines into the terminal?`)) {
    return;
  }
  terminal.paste(text);
  terminal.focus();
}

const actions: Record<string, () => void> = {
  smaller: () => setFont(-1),
  larger: () => setFont(1),
  copy: () => void navigator.clipboard.writeText(terminal.getSelection()),
  paste: () => void navigator.clipboard.readText().then(paste),
  end: () => { if (confirm("End this session?")) { link ? link.end() : void post("end"); } },
  cancel: () => void post("end").then(() => over("You cancelled the session.")),
};

function setFont(step: number): void {
  terminal.options.fontSize = Math.min(28, Math.max(9, (terminal.options.fontSize ?? 14) + step));
  localStorage.setItem("terminal-font", String(terminal.options.fontSize));
  fit.fit();
}

terminal.open(find("terminal"));
try {
  const webgl = new WebglAddon();
  webgl.onContextLoss(() => webgl.dispose());
  terminal.loadAddon(webgl);
} catch {
  // Without WebGL the terminal draws by itself.
}
fit.fit();
new ResizeObserver(() => fit.fit()).observe(find("terminal"));

const utf8 = new TextEncoder();
terminal.onData((data) => {
  const code = data.length === 1 ? data.toLowerCase().charCodeAt(0) : 0;
  const sent = controlHeld && code >= 0x61 && code <= 0x7a ? String.fromCharCode(code - 0x60) : data;
  setControl(false);
  link?.send(utf8.encode(sent));
});
terminal.onBinary((data) => link?.send(Uint8Array.from(data, (c) => c.charCodeAt(0))));
terminal.onResize(({ cols, rows }) => link?.resize(cols, rows));
terminal.attachCustomKeyEventHandler((event) => {
  const copyPaste = event.ctrlKey && event.shiftKey && (event.code === "KeyC" || event.code === "KeyV");
  if (copyPaste && event.type === "keydown") {
    event.preventDefault();
    actions[event.code === "KeyC" ? "copy" : "paste"]!();
  }
  return !copyPaste;
});
find("terminal").addEventListener("paste", (event) => {
  event.preventDefault();
  event.stopPropagation();
  paste(event.clipboardData?.getData("text") ?? "");
}, { capture: true });

function setControl(held: boolean): void {
  controlHeld = held;
  page.querySelector('[data-key="ctrl"]')?.setAttribute("aria-pressed", String(held));
}

page.addEventListener("click", (event) => {
  const button = (event.target as Element).closest<HTMLElement>("[data-do], [data-key]");
  if (button?.dataset["do"]) {
    actions[button.dataset["do"]]?.();
  } else if (button?.dataset["key"] === "ctrl") {
    setControl(!controlHeld);
  } else if (button) {
    link?.send(utf8.encode(button.dataset["key"]));
  }
  if (button?.dataset["key"]) {
    terminal.focus();
  }
});

// A reload goes on where it was: the screen and the numbers are kept for this tab.
window.addEventListener("pagehide", () => {
  const state = link?.state();
  if (state) {
    sessionStorage.setItem(storageKey, JSON.stringify({ gateway, state: { ...state, received: drawn }, screen: serialize.serialize({ scrollback: 1000 }) }));
  }
});

countDown(() => endsAt - clockOffset);
const kept = sessionStorage.getItem(storageKey);
if (kept) {
  const { gateway: url, state, screen } = JSON.parse(kept) as { gateway: string; state: Resumable; screen: string };
  terminal.write(screen);
  drawn = state.received;
  start(url).resume(state, terminal.cols, terminal.rows);
} else {
  void prepare(
    ({ ticket, gatewayUrl }) => {
      say("Connecting…", "The gateway begins the recording and signs in at the asset.");
      start(gatewayUrl).open(ticket, terminal.cols, terminal.rows);
    },
    () => say("Open in another window", "This session runs in another window or tab. Go on there, or cancel it here and connect again."),
    over,
  );
}
