// The lines of a web recording's time line.
import { clock } from "./clock";

/** As /recordings/{id}/http gives them; times in µs since the start. */
export interface Row {
  at: number;
  t: "target" | "begun" | "exchange" | "opened" | "message" | "messageEnd" | "closed" | "marker";
  n?: number;
  method?: string;
  path?: string;
  status?: number;
  waitMs?: number;
  totalMs?: number;
  sent?: number;
  received?: number;
  fromAsset?: boolean;
  text?: string;
}

interface Shown {
  line: HTMLTableRowElement;
  row: Row;
  began: boolean;
}

export class Rows {
  private readonly begun = new Map<number, Shown>();
  private readonly shown = new WeakMap<HTMLTableRowElement, Shown>();

  constructor(
    private readonly body: HTMLElement,
    private readonly startedAt: number,
  ) {}

  clear(): void {
    this.body.replaceChildren();
    this.begun.clear();
  }

  add(rows: Row[]): void {
    const lines = document.createDocumentFragment();
    for (const row of rows) {
      const known = row.t === "exchange" || row.t === "opened" ? this.begun.get(row.n!) : undefined;
      if (known) {
        // It stays where it began.
        this.begun.delete(row.n!);
        this.fill(known.line, row, known.row);
      } else {
        lines.append(this.fill(document.createElement("tr"), row));
      }
    }
    this.body.append(lines);
  }

  /** Of a line, or of something in it. */
  of(element: Element): Shown | undefined {
    const line = element.closest("tr");
    return line ? this.shown.get(line) : undefined;
  }

  private fill(line: HTMLTableRowElement, row: Row, begun?: Row): HTMLTableRowElement {
    const isOpen = row.t === "begun" || row.t === "opened";
    const shown: Shown = { line, row, began: isOpen };
    this.shown.set(line, shown);
    if (isOpen) {
      this.begun.set(row.n!, shown);
    }
    const changing = row.method !== undefined && !["GET", "HEAD", "OPTIONS"].includes(row.method);
    line.className = `${row.t}${changing ? " changing" : ""}`;
    const at = begun?.at ?? row.at - (row.totalMs ?? 0) * 1000;
    line.dataset["at"] = String(Math.max(0, at));
    line.replaceChildren(
      cell(time(at, this.startedAt)),
      cell(what(row, begun), "what"),
      cell(where(row), "where"),
      cell(status(row), isFailure(row) ? "failed" : ""),
      cell(row.totalMs === undefined ? "" : took(row.totalMs), "num"),
      cell(row.sent === undefined ? "" : row.t === "closed" ? String(row.sent) : size(row.sent), "num"),
      cell(row.received === undefined ? "" : row.t === "closed" ? String(row.received) : size(row.received), "num"),
    );
    return line;
  }
}

function cell(content: string | Node, style = ""): HTMLTableCellElement {
  const made = document.createElement("td");
  made.className = style;
  made.append(content);
  return made;
}

function time(at: number, startedAt: number): HTMLElement {
  const made = document.createElement("time");
  const ms = Math.max(0, at) / 1000;
  made.textContent = `${clock(ms)}.${Math.floor((ms % 1000) / 100)}`;
  made.title = new Date(startedAt + ms).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" });
  return made;
}

function what(row: Row, begun?: Row): string {
  switch (row.t) {
    case "opened":
      return "WebSocket";
    case "closed":
      return "closed";
    case "message":
    case "messageEnd":
      return row.fromAsset ? "← from asset" : "→ to asset";
    case "target":
      return "asset";
    case "marker":
      return "";
    default:
      return begun?.t === "opened" ? "WebSocket" : (row.method ?? "");
  }
}

function where(row: Row): Node {
  const made = document.createDocumentFragment();
  if (row.t === "marker") {
    made.append(row.text ?? "");
    return made;
  }
  const open = document.createElement("button");
  open.type = "button";
  open.className = "open";
  open.setAttribute("aria-expanded", "false");
  open.textContent = row.path ?? row.text ?? "";
  open.title = row.path ?? "";
  made.append(open);
  if (row.path && row.text && row.t === "exchange") {
    const note = document.createElement("small");
    note.className = "note";
    note.textContent = row.text;
    made.append(note);
  }
  return made;
}

const isFailure = (row: Row): boolean => row.status !== undefined && (row.status === 0 || row.status >= 400);

function status(row: Row): string {
  if (row.status !== undefined) {
    return row.status === 0 ? "none" : String(row.status);
  }
  return row.t === "begun" || row.t === "opened" ? "…" : "";
}

export function took(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : ms < 60_000 ? `${(ms / 1000).toFixed(1)} s` : clock(ms);
}

export function size(bytes: number): string {
  return bytes < 1000 ? `${bytes} B` : bytes < 1_000_000 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
