// Replays a terminal recording: fetches its events from the portal and feeds them to a terminal by their time.
import { Unicode11Addon } from "@xterm/addon-unicode11";
import { Terminal } from "@xterm/xterm";

const Kind = { output: 1, input: 2, maskedInput: 3, resize: 4, marker: 5, snapshot: 6 } as const;
const IDLE = 2_000;

interface Entry { at: number; kind: number; payload: Uint8Array<ArrayBuffer> }
interface Info { durationMs: number; startedAt: string; completeness: string; activity: number[] }

const player = document.querySelector<HTMLElement>("#player")!;
const id = player.dataset["recording"]!;
const $ = <T extends HTMLElement>(name: string): T => document.getElementById(name) as T;
const seekBar = $<HTMLInputElement>("seek");
const text = new TextDecoder();

const terminal = new Terminal({
  allowProposedApi: true, disableStdin: true, cursorBlink: false, scrollback: 5_000, fontSize: 13,
  fontFamily: '"JetBrains Mono", ui-monospace, monospace',
  theme: { background: "#0d1013", foreground: "#e4e8eb", cursor: "#6cc0dc" },
});
terminal.loadAddon(new Unicode11Addon());
terminal.unicode.activeVersion = "11";
terminal.open($("screen"));

let events: Entry[] = [];
let next = 0;
let position = 0;
let duration = 0;
let startedAt = 0;
let playing = false;
let last = 0;
let complete = "sealed";

function clock(ms: number): string {
  const s = Math.floor(ms / 1000);
  const pad = (n: number): string => String(n).padStart(2, "0");
  return s >= 3600 ? `${Math.floor(s / 3600)}:${pad(Math.floor(s / 60) % 60)}:${pad(s % 60)}` : `${Math.floor(s / 60)}:${pad(s % 60)}`;
}

function parse(buffer: ArrayBuffer): Entry[] {
  const view = new DataView(buffer);
  const found: Entry[] = [];
  for (let at = 0; at + 13 <= buffer.byteLength;) {
    const length = view.getUint32(at + 9, true);
    found.push({ at: Number(view.getBigUint64(at, true)) / 1000, kind: view.getUint8(at + 8), payload: new Uint8Array(buffer, at + 13, length) });
    at += 13 + length;
  }
  return found;
}

function apply(entry: Entry): void {
  if (entry.kind === Kind.output || entry.kind === Kind.snapshot) {
    terminal.write(entry.payload);
  } else if (entry.kind === Kind.resize && entry.payload.length === 4) {
    const [a, b, c, d] = entry.payload as unknown as [number, number, number, number];
    terminal.resize(a + b * 256, c + d * 256);
  }
}

function show(): void {
  seekBar.value = String(position);
  $("time").textContent = `${clock(position)} / ${clock(duration)}`;
  const wall = new Date(startedAt + position);
  $("wall").textContent = wall.toLocaleString();
  $("wall").title = `${wall.toISOString().replace("T", " ").slice(0, 19)} UTC`;
}

function seek(to: number): void {
  to = Math.min(Math.max(to, 0), duration);
  if (to < position) {
    terminal.reset();
    next = 0;
  }
  position = to;
  while (next < events.length && events[next]!.at <= position) {
    apply(events[next++]!);
  }
  show();
}

function setPlaying(on: boolean): void {
  if (on && position >= duration) {
    seek(0);
  }
  playing = on;
  last = performance.now();
  $("play").textContent = on ? "Pause" : "Play";
  $("play").setAttribute("aria-label", on ? "Pause" : "Play");
  if (on) {
    requestAnimationFrame(frame);
  }
}

function frame(now: number): void {
  if (!playing) {
    return;
  }
  let to = position + (now - last) * Number($<HTMLSelectElement>("speed").value);
  last = now;
  const upcoming = events[next]?.at ?? duration;
  if ($<HTMLInputElement>("skip").checked && upcoming - position > IDLE) {
    // Jumped over, not fast-forwarded: an hour of nothing takes no time.
    $("skipped").textContent = `skipped ${clock(upcoming - position)} idle`;
    $("skipped").hidden = false;
    setTimeout(() => { $("skipped").hidden = true; }, 1_500);
    to = upcoming - 200;
  }
  seek(to);
  if (position >= duration) {
    setPlaying(false);
    if (complete === "interrupted") {
      $("skipped").textContent = "interrupted: the gateway was lost here";
      $("skipped").hidden = false;
    }
  } else {
    requestAnimationFrame(frame);
  }
}

function drawActivity(activity: number[]): void {
  const canvas = $<HTMLCanvasElement>("activity");
  canvas.width = canvas.clientWidth;
  const context = canvas.getContext("2d")!;
  const most = Math.log1p(Math.max(...activity, 1));
  context.fillStyle = getComputedStyle(document.documentElement).getPropertyValue("color-scheme") && matchMedia("(prefers-color-scheme: dark)").matches ? "#6cc0dc" : "#1a647d";
  const width = canvas.width / activity.length;
  activity.forEach((bytes, i) => {
    const height = Math.log1p(bytes) / most * canvas.height;
    context.fillRect(i * width, canvas.height - height, Math.max(1, width - 1), height);
  });
}

// What was typed, line by line; what the far side did not echo is dots.
function listTyped(): void {
  const list = $("typed");
  let line = "";
  let from = 0;
  const flush = (): void => {
    if (line) {
      const item = document.createElement("li");
      const button = document.createElement("button");
      const time = document.createElement("time");
      const at = from;
      time.textContent = clock(at);
      button.append(time, line);
      button.onclick = () => seek(at);
      item.append(button);
      list.append(item);
    }
    line = "";
  };
  for (const entry of events) {
    if (entry.kind === Kind.marker) {
      flush();
      [from, line] = [entry.at, `— ${text.decode(entry.payload)} —`];
      flush();
    } else if (entry.kind === Kind.maskedInput || entry.kind === Kind.input) {
      from = line ? from : entry.at;
      if (entry.kind === Kind.maskedInput) {
        line += "•".repeat(Math.min(entry.payload[0] ?? 1, 12));
      } else if (entry.payload[0] === 13) {
        line += " ⏎";
        flush();
      } else {
        line += text.decode(entry.payload).replace(/[\u0000-\u001f\u007f]/g, "·");
      }
    }
  }
  flush();
  if (!list.childElementCount) {
    list.textContent = "Nothing was typed.";
  }
}

async function load(): Promise<void> {
  const answer = await fetch(`/recordings/${id}/info`);
  if (!answer.ok) {
    const problem = await answer.json().catch(() => undefined) as { message?: string } | undefined;
    $("verdict").className = "message bad";
    $("verdict").textContent = problem?.message ?? "The recording could not be opened.";
    $("verdict").hidden = false;
    return;
  }
  const info = await answer.json() as Info;
  [duration, startedAt, complete] = [info.durationMs, new Date(info.startedAt).getTime(), info.completeness];
  seekBar.max = String(duration);
  drawActivity(info.activity);
  events = parse(await (await fetch(`/recordings/${id}/events`)).arrayBuffer());
  listTyped();
  seek(0);
  player.dataset["ready"] = "true";
}

$("play").onclick = () => setPlaying(!playing);
seekBar.oninput = () => seek(Number(seekBar.value));
player.addEventListener("keydown", (event) => {
  const steps: Record<string, number> = { ArrowLeft: -5_000, ArrowRight: 5_000 };
  if (event.key === " " && (event.target as Element).tagName !== "BUTTON") {
    event.preventDefault();
    setPlaying(!playing);
  } else if (steps[event.key] && (event.target as Element).tagName !== "SELECT") {
    event.preventDefault();
    seek(position + steps[event.key]!);
  }
});
$("verify").onclick = async () => {
  $("verdict").hidden = false;
  $("verdict").className = "message";
  $("verdict").textContent = "Checking every chunk…";
  const answer = await fetch(`/recordings/${id}/verify`, { method: "POST", headers: { RequestVerificationToken: player.dataset["antiforgery"]! } });
  const report = await answer.json() as { verdict: string; signatureChecked: boolean; chunks: number; findings: string[] };
  const words: Record<string, string> = {
    intact: `Intact: all ${report.chunks} chunks are unaltered, ${report.signatureChecked ? "and the gateway's signature is right" : "but the gateway's key is not known here to check its signature"}.`,
    interrupted: `Unaltered as far as it goes (${report.chunks} chunks), but without an end: it is still running, or the gateway was lost.`,
    broken: `Broken: ${report.findings.join(" ")}`,
  };
  $("verdict").className = `message ${report.verdict === "broken" ? "bad" : "good"}`;
  $("verdict").textContent = words[report.verdict] ?? report.verdict;
};

Object.assign(window, {
  sallyportPlayer: {
    seek,
    get position() { return position; },
    get duration() { return duration; },
    text: () => Array.from({ length: terminal.buffer.active.length }, (_, i) => terminal.buffer.active.getLine(i)?.translateToString(true) ?? "").join("\n"),
  },
});
void load();
