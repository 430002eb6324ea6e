// The player of web recordings: a time line of requests and messages that is searched and filtered by the portal, a page at a time.
import { drawActivity } from "./activity";
import { clock } from "./clock";
import { Recording } from "./recording";
import { onVerify, tell } from "./verify";
import { detail } from "./web-detail";
import { type Row, Rows } from "./web-rows";

const PATIENCE = 250;

const player = document.querySelector<HTMLElement>("#player")!;
const id = player.dataset["recording"]!;
const $ = <T extends HTMLElement>(name: string): T => document.getElementById(name) as T;
const seekBar = $<HTMLInputElement>("seek");
const list = player.querySelector<HTMLElement>(".timeline")!;
const more = $("more");

let rows: Rows;
let duration = 0;
let start = 0; // ms: where the list begins, as was asked for; scrolling does not move it
let next: number | undefined;
let asked = 0;
let loading = false;

function query(from: number): string {
  const values = new URLSearchParams({ from: String(Math.floor(from)) });
  for (const [name, value] of new FormData($<HTMLFormElement>("filters"))) {
    if (value) {
      values.set(name, String(value));
    }
  }
  return values.toString();
}

/** @param from µs since the start. The last that was asked for wins. */
async function load(from: number, anew: boolean): Promise<void> {
  const ask = ++asked;
  loading = true;
  more.textContent = "Loading…";
  const answer = await fetch(`/recordings/${id}/http?${query(from)}`).catch(() => undefined);
  if (ask !== asked) {
    return;
  }
  loading = false;
  if (!answer?.ok) {
    more.textContent = "It could not be read. Change a filter to try again.";
    return;
  }
  const page = (await answer.json()) as { rows: Row[]; next?: number };
  if (ask !== asked) {
    return;
  }
  if (anew) {
    rows.clear();
    list.scrollTop = 0;
  }
  rows.add(page.rows);
  next = page.next;
  more.textContent =
    next !== undefined ? "Loading more…" : list.querySelector("tbody tr") ? "That is all." : "Nothing here matches. Change a filter, or go to another moment.";
  player.dataset["ready"] = "true";
  continueIfSeen();
}

function continueIfSeen(): void {
  if (!loading && next !== undefined && more.getBoundingClientRect().top < list.getBoundingClientRect().bottom + 400) {
    void load(next, false);
  }
}

/** @param ms since the start. */
async function seek(ms: number): Promise<void> {
  start = ms;
  seekBar.value = String(ms);
  await load(ms * 1000, true);
}

let waiting: ReturnType<typeof setTimeout> | undefined;

function soon(action: () => void): void {
  clearTimeout(waiting);
  waiting = setTimeout(action, PATIENCE);
}

async function toggle(button: HTMLElement): Promise<void> {
  const shown = rows.of(button);
  if (!shown) {
    return;
  }
  const open = button.getAttribute("aria-expanded") === "true";
  button.setAttribute("aria-expanded", String(!open));
  if (open) {
    shown.line.nextElementSibling?.remove();
    return;
  }
  const line = document.createElement("tr");
  line.className = "detail";
  const cell = line.insertCell();
  cell.colSpan = 7;
  cell.textContent = "Loading…";
  shown.line.after(line);
  cell.replaceChildren(await detail(id, shown.row.at, shown.row.t, shown.row.n ?? 0));
}

async function begin(): Promise<void> {
  const info = await new Recording(id).info();
  if (typeof info === "string") {
    tell(info, "bad");
    more.textContent = "";
    return;
  }
  duration = info.durationMs;
  seekBar.max = String(duration);
  drawActivity($("activity"), info.activity, info.input);
  rows = new Rows($("rows"), new Date(info.startedAt).getTime());
  await load(0, true);
}

list.addEventListener("click", (event) => {
  const button = (event.target as Element).closest<HTMLElement>("button.open");
  if (button) {
    void toggle(button);
  }
});
list.addEventListener(
  "scroll",
  () => {
    continueIfSeen();
    const { left, top } = list.getBoundingClientRect();
    const line = document.elementFromPoint(left + 20, top + 48)?.closest<HTMLElement>("tr[data-at]");
    if (line && document.activeElement !== seekBar) {
      seekBar.value = String(Number(line.dataset["at"]) / 1000);
      seekBar.setAttribute("aria-valuetext", clock(Number(seekBar.value)));
    }
  },
  { passive: true },
);
seekBar.oninput = () => {
  seekBar.setAttribute("aria-valuetext", clock(Number(seekBar.value)));
  soon(() => void seek(Number(seekBar.value)));
};
$("filters").oninput = () => soon(() => void seek(start));
$("filters").onsubmit = (event) => event.preventDefault();
onVerify(player);

Object.assign(window, {
  sallyportPlayer: {
    seek,
    get duration() {
      return duration;
    },
  },
});
void begin();
