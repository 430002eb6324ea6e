// A terminal in the browser: xterm at one end, the gateway at the other.
import "@xterm/xterm/css/xterm.css";
import { type Use, endActions, events, fail, find, mayTakeOver, over, page, post, prepare, sessionId, watching } from "../session/page";
import { dial } from "../session/link";
import { Link, type Resumable } from "./link";
import { approved } from "./paste";
import { answerAsset } from "./sign-in";

const LONGEST_WAIT = 300;

const storageKey = `session-${sessionId}`;
let controlHeld = false;
let hinted = false;
let link: Link | undefined;
let gateway = "";

// Bytes that the terminal has drawn: what a reloaded page may say it has. The rest is asked for again.
let drawn = 0;
let saved = (): string => "";

const built = signal();
const asked = signal();
const fontSize = Number(localStorage.getItem("terminal-font") ?? 14);

// A reload goes on where it was: the screen and the numbers are kept for this tab.
window.addEventListener("pagehide", () => {
  const state = link?.state();
  if (state) {
    sessionStorage.setItem(storageKey, JSON.stringify({ gateway, state: { ...state, received: drawn }, screen: saved() }));
  }
});

// Who waits can cancel before there is a terminal.
const actions: Record<string, () => void> = endActions(() => {
  link?.up ? link.end() : void post("end").then(() => over("You ended the session."));
});
page.addEventListener("click", (event) => {
  const action = (event.target as Element).closest<HTMLElement>("[data-do]")?.dataset["do"];
  if (action) {
    actions[action]?.();
  }
});

mayTakeOver(begin);

// The session opens while the terminal is still being loaded: both take their time.
const kept = watching ? null : sessionStorage.getItem(storageKey);
if (!kept) {
  if (page.dataset["gateway"]) {
    dial(address(page.dataset["gateway"]));
  }
  void prepare(begin);
  // To run the terminal's code takes a while, in which no message is sent: better while the gateway is at work.
  await Promise.race([asked.given, new Promise((resolve) => setTimeout(resolve, LONGEST_WAIT))]);
}

const { FitAddon, SerializeAddon, Terminal, Unicode11Addon } = (await import(page.dataset["xterm"]!).catch((error: unknown) => {
  fail("Part of this page did not arrive", "Load this page again to go on with the session.");
  throw error;
})) as typeof import("./xterm");
const terminal = new Terminal({
  allowProposedApi: true,
  fontFamily: '"JetBrains Mono", ui-monospace, monospace',
  fontSize,
  scrollback: 10_000,
  cursorBlink: !watching,
  disableStdin: watching,
  theme: { background: "#0d1013", foreground: "#e4e8eb", cursor: "#6cc0dc", selectionBackground: "#2b5566" },
});
const fit = new FitAddon();
const serialize = new SerializeAddon();
terminal.loadAddon(fit);
terminal.loadAddon(serialize);
terminal.loadAddon(new Unicode11Addon());
terminal.unicode.activeVersion = "11";
saved = () => serialize.serialize({ scrollback: 1000 });
Object.assign(window, { sallyportTerminal: terminal });

/** Something that happens once, and can be waited for before and after. */
function signal(): { given: Promise<void>; give: () => void } {
  let give!: () => void;
  const given = new Promise<void>((resolve) => {
    give = resolve;
  });
  return { given, give };
}

/** Columns and rows near enough to open with; the terminal knows them exactly when it is there. */
function likelySize(): [cols: number, rows: number] {
  const { width, height } = find("terminal").getBoundingClientRect();
  return [Math.max(20, Math.floor((width - 15) / (fontSize * 0.6))), Math.max(5, Math.floor(height / (fontSize * 1.2)))];
}

function address(gatewayUrl: string): string {
  return `${gatewayUrl.replace(/^http/, "ws")}/terminal`;
}

function begin(gatewayUrl: string, ticket: string, use: Use): void {
  const begun = start(gatewayUrl);
  if (use === "watch-ticket") {
    begun.watch(ticket);
  } else if (use === "take-over") {
    begun.takeOver(ticket, ...likelySize());
  } else {
    begun.open(ticket, ...likelySize());
  }
  asked.give();
}

function start(gatewayUrl: string): Link {
  gateway = gatewayUrl;
  link = new Link(address(gatewayUrl), sessionId, {
    ...events,
    opened(session) {
      events.opened(session);
      void built.given.then(() => terminal.focus());
    },
    output: (bytes) =>
      void built.given.then(() =>
        terminal.write(bytes, () => {
          drawn += bytes.length;
        }),
      ),
    snapshot: (bytes, at) =>
      void built.given.then(() => {
        const size = /^\u001b\[8;(\d+);(\d+)t/.exec(new TextDecoder().decode(bytes.subarray(0, 32)));
        terminal.reset();
        if (size) {
          terminal.resize(Number(size[2]), Number(size[1]));
        }
        terminal.write(bytes);
        drawn = at;
        if (!watching) {
          fit.fit();
        }
      }),
    question: (question) => void answerAsset(question).then((answers) => link?.answer(answers)),
    ended(end) {
      sessionStorage.removeItem(storageKey);
      void built.given.then(() => terminal.blur());
      events.ended(end);
    },
  });
  return link;
}

function hint(message: string): void {
  events.notice({ kind: "hint", message });
}

async function paste(clipboard: string): Promise<void> {
  const text = watching ? undefined : await approved(clipboard);
  if (text !== undefined) {
    terminal.paste(text);
  }
  terminal.focus();
}

Object.assign(actions, {
  smaller: () => setFont(-1),
  larger: () => setFont(1),
  copy: () => void navigator.clipboard.writeText(terminal.getSelection()),
  paste: () =>
    void navigator.clipboard
      .readText()
      .then(paste, () => hint("The browser does not let this page read the clipboard. Paste with Ctrl+Shift+V, or from the browser's menu.")),
  leave: () => [...page.querySelectorAll<HTMLElement>(".session-bar [data-do]")].find((button) => button.offsetParent)?.focus(),
  // RIS, and CAN before it: an unfinished control string (ESC P) has swallowed everything since, and reset() would leave it unfinished.
  reset: () => {
    terminal.write("\u0018\u001bc");
    terminal.focus();
  },
});

function setFont(step: number): void {
  terminal.options.fontSize = Math.min(28, Math.max(9, (terminal.options.fontSize ?? 14) + step));
  localStorage.setItem("terminal-font", String(terminal.options.fontSize));
  fit.fit();
}

// A cell is measured when the terminal opens: before the font is there it would be another font's, and a strip of the window stay empty.
const font = document.fonts.load(`${fontSize}px "JetBrains Mono"`).catch(() => []);
await Promise.race([font, new Promise((resolve) => setTimeout(resolve, LONGEST_WAIT))]);
terminal.open(find("terminal"));
if (!watching) {
  // Who watches sees the size that its user has.
  fit.fit();
  new ResizeObserver(() => fit.fit()).observe(find("terminal"));

  // On a slow link the font comes later. Only another size is measured again.
  void font.then(() => {
    const size = terminal.options.fontSize!;
    terminal.options.fontSize = size + 1;
    terminal.options.fontSize = size;
    fit.fit();
  });
}

const utf8 = new TextEncoder();
terminal.onData((data) => {
  const code = data.length === 1 ? data.toLowerCase().charCodeAt(0) : 0;
  const sent = controlHeld && code >= 0x61 && code <= 0x7a ? String.fromCharCode(code - 0x60) : data;
  setControl(false);
  link?.send(utf8.encode(sent));
});
terminal.onBinary((data) => link?.send(Uint8Array.from(data, (c) => c.charCodeAt(0))));
if (!watching) {
  terminal.onResize(({ cols, rows }) => link?.resize(cols, rows));
}
terminal.attachCustomKeyEventHandler((event) => {
  // WCAG 2.1.2: the terminal takes Tab, so another key leads out of it.
  const own = event.ctrlKey && event.shiftKey ? { KeyC: "copy", KeyV: "paste", ArrowUp: "leave" }[event.code] : undefined;
  if (own && event.type === "keydown") {
    event.preventDefault();
    actions[own]!();
  }
  if (event.type === "keydown" && event.ctrlKey && !event.shiftKey && event.code === "KeyV" && !hinted) {
    hinted = true;
    hint("Ctrl+V went to the asset as a key. Paste with Ctrl+Shift+V.");
  }
  return !own;
});
find("terminal").addEventListener(
  "paste",
  (event) => {
    event.preventDefault();
    event.stopPropagation();
    void paste(event.clipboardData?.getData("text") ?? "");
  },
  { capture: true },
);

function setControl(held: boolean): void {
  controlHeld = held;
  page.querySelector('[data-key="ctrl"]')?.setAttribute("aria-pressed", String(held));
}

page.addEventListener("click", (event) => {
  const key = (event.target as Element).closest<HTMLElement>("[data-key]")?.dataset["key"];
  if (!key) {
    return;
  }
  if (key === "ctrl") {
    setControl(!controlHeld);
  } else {
    // In application mode a program expects SS3 where else CSI stands (DECCKM).
    link?.send(utf8.encode(terminal.modes.applicationCursorKeysMode ? key.replace(/^\u001b\[(?=[A-D]$)/, "\u001bO") : key));
  }
  terminal.focus();
});

if (kept) {
  const { gateway: url, state, screen } = JSON.parse(kept) as { gateway: string; state: Resumable; screen: string };
  terminal.write(screen);
  drawn = state.received;
  start(url).resume(state, terminal.cols, terminal.rows);
}

built.give();
if (!watching) {
  link?.resize(terminal.cols, terminal.rows);
}

// Not before something stands on the screen: to begin with WebGL can take longer than everything before.
const firstOutput = terminal.onWriteParsed(() => {
  firstOutput.dispose();
  setTimeout(() => void accelerate(), 500);
});

async function accelerate(): Promise<void> {
  try {
    const { WebglAddon } = (await import(page.dataset["webgl"]!)) as typeof import("./xterm-webgl");
    const webgl = new WebglAddon();
    webgl.onContextLoss(() => webgl.dispose());
    terminal.loadAddon(webgl);
    if (!watching) {
      // Its cells are whole pixels wide.
      fit.fit();
    }
  } catch {
    // Without WebGL the terminal draws by itself.
  }
}
