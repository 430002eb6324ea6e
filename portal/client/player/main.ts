// The player: moves a recording through time and shows it in a view.
import { drawActivity } from "./activity";
import { clock } from "./clock";
import { RecordingKind } from "../generated/messages";
import { type Entry, Recording } from "./recording";
import { ScreenView } from "./screen-view";
import { Thumbnails } from "./thumbnails";
import { TerminalView } from "./terminal-view";
import { keyName } from "./keys";
import { onVerify, tell } from "./verify";
import { VideoExport } from "./video";
import type { View } from "./view";

const IDLE = 2_000;

/** A screen begins black, and its first picture comes in parts. */
const FIRST_PICTURE = 600;

const player = document.querySelector<HTMLElement>("#player")!;
const id = player.dataset["recording"]!;
const $ = <T extends HTMLElement>(name: string): T => document.getElementById(name) as T;
const seekBar = $<HTMLInputElement>("seek");
const text = new TextDecoder();
const recording = new Recording(id);
const kind = player.dataset["kind"]!;
const view: View = kind === "vnc" ? new ScreenView($("screen")) : new TerminalView($("screen"));

let next = -1;
let position = 0;
let duration = 0;
let startedAt = 0;
let playing = false;
let last = 0;
let complete = "sealed";

function show(): void {
  seekBar.value = String(position);
  $("time").textContent = `${clock(position)} / ${clock(duration)}`;
  const wall = new Date(startedAt + position);
  $("wall").textContent = wall.toLocaleString();
  $("wall").title = `${wall.toISOString().replace("T", " ").slice(0, 19)} UTC`;
}

// The last moment that was asked for wins: who drags the bar asks for many.
let wanted = 0;

async function seek(to: number): Promise<void> {
  to = Math.min(Math.max(to, 0), duration);
  wanted = to;
  position = to;
  show();
  if (!recording.has(to)) {
    player.dataset["loading"] = "true";
    const error = await recording.load(to).then(
      () => undefined,
      (e: Error) => e,
    );
    if (wanted !== to) {
      return;
    }
    delete player.dataset["loading"];
    if (error) {
      stop(error);
      return;
    }
    next = -1;
  }
  begin(to);
  advance(to);
}

// From the newest snapshot that is not after the moment; only when that is nearer than what is shown.
function begin(to: number): void {
  let snapshot = -1;
  for (let i = 0; i < recording.entries.length && recording.entries[i]!.at <= to; i++) {
    snapshot = recording.entries[i]!.kind === RecordingKind.snapshot ? i : snapshot;
  }
  const shown = next > 0 ? recording.entries[next - 1]!.at : -1;
  if (next >= 0 && shown <= to && snapshot < next) {
    return;
  }
  view.reset();
  next = 0;
  if (snapshot >= 0) {
    view.begin(recording.entries[snapshot]!);
    next = snapshot + 1;
  }
}

function advance(to: number): void {
  position = to;
  while (next < recording.entries.length && recording.entries[next]!.at <= position) {
    view.apply(recording.entries[next++]!);
  }
  prefetch();
  show();
}

// What could not be fetched ahead is asked for once more, when there is nothing else left to show.
let unreadable = false;

function prefetch(): void {
  const atEnd = next >= recording.entries.length;
  if (recording.has(duration) || (unreadable && !atEnd)) {
    return;
  }
  recording.ahead(position, next)?.then(
    (dropped) => {
      next -= dropped;
      unreadable = false;
    },
    (error: Error) => {
      unreadable = true;
      if (atEnd) {
        stop(error);
      }
    },
  );
}

function stop(error: Error): void {
  setPlaying(false);
  tell(`${error.message} Press Play to try again, or Verify to see whether it is damaged.`, "bad");
}

function setPlaying(on: boolean): void {
  if (on && position >= duration) {
    void seek(0);
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
  const upcoming = recording.entries[next]?.at ?? (recording.has(duration) ? duration : undefined);
  if (upcoming === undefined) {
    // What comes next is on its way.
    prefetch();
    requestAnimationFrame(frame);
    return;
  }
  if ($<HTMLInputElement>("skip").checked && upcoming - position > IDLE) {
    // Jumped over, not fast-forwarded: an hour of nothing takes no time.
    $("skipped").textContent = `skipped ${clock(upcoming - position)} idle`;
    $("skipped").hidden = false;
    setTimeout(() => {
      $("skipped").hidden = true;
    }, 1_500);
    to = upcoming - 200;
  }
  advance(Math.min(to, duration));
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

// What a terminal says by itself: focus, its kind, the cursor's place, modes, colours, and the marks around a paste.
const terminalsOwn = /^\u001b(?:\[(?:[IO]|[?>=]?[\d;]*c|\??\d+;\d+R|\?[\d;]+\$y|20[01]~)|[\]P])/;

function isTerminalsOwn(payload: Uint8Array): boolean {
  return payload[0] === 0x1b && terminalsOwn.test(text.decode(payload));
}

// What was typed, line by line; what the far side did not echo is dots.
function listTyped(events: Entry[]): void {
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
      button.onclick = () => void seek(at);
      item.append(button);
      list.append(item);
    }
    line = "";
  };
  for (const entry of events) {
    if (entry.kind === RecordingKind.marker) {
      flush();
      [from, line] = [entry.at, `— ${text.decode(entry.payload)} —`];
      flush();
    } else if (entry.kind === RecordingKind.maskedInput || entry.kind === RecordingKind.input) {
      from = line ? from : entry.at;
      if (kind === "vnc" && entry.kind === RecordingKind.input) {
        line += keyName(entry.payload);
        if (line.endsWith("⏎")) {
          flush();
        }
      } else if (entry.kind === RecordingKind.maskedInput) {
        line += "•".repeat(Math.min(entry.payload[0] ?? 1, 12));
      } else if (entry.payload[0] === 13) {
        line += " ⏎";
        flush();
      } else if (!isTerminalsOwn(entry.payload)) {
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
  const info = await recording.info();
  if (typeof info === "string") {
    tell(info, "bad");
    return;
  }
  [duration, startedAt, complete] = [info.durationMs, new Date(info.startedAt).getTime(), info.completeness];
  seekBar.max = String(duration);
  if (view instanceof ScreenView) {
    void recording.activity().then(
      ({ activity, input }) => drawActivity($("activity"), activity, input),
      () => undefined,
    );
    void new Thumbnails(id, duration).load();
  } else {
    drawActivity($("activity"), info.activity, info.input);
  }
  await seek(0);
  await seek(firstSight());
  listTyped(await recording.typed());
  player.dataset["ready"] = "true";
}

/** Where the first picture stands: before it the player would look broken. */
function firstSight(): number {
  const first = recording.entries.find(
    ({ kind: shown }) => shown === RecordingKind.output || shown === RecordingKind.screen || shown === RecordingKind.snapshot,
  )?.at;
  return first === undefined ? 0 : Math.min(first + FIRST_PICTURE, duration);
}

$("play").onclick = () => setPlaying(!playing);
seekBar.oninput = () => void seek(Number(seekBar.value));
player.addEventListener("keydown", (event) => {
  const steps: Record<string, number> = { ArrowLeft: -5_000, ArrowRight: 5_000 };
  if (event.key === " " && !["BUTTON", "INPUT", "SELECT"].includes((event.target as Element).tagName)) {
    event.preventDefault();
    setPlaying(!playing);
  } else if (steps[event.key] && (event.target as Element).tagName !== "SELECT") {
    event.preventDefault();
    void seek(position + steps[event.key]!);
  }
});
onVerify(player);
if (document.getElementById("video-form")) {
  new VideoExport();
}

Object.assign(window, {
  sallyportPlayer: {
    seek,
    get position() {
      return position;
    },
    get duration() {
      return duration;
    },
    text: () => view.text(),
    settled: () => (view instanceof ScreenView ? view.settled() : Promise.resolve()),
  },
});
void load();
