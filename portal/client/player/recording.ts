// A recording's events, fetched from the portal a window at a time: the player never needs the whole of a long one.
export interface Entry {
  at: number;
  kind: number;
  payload: Uint8Array<ArrayBuffer>;
}
export interface Activity {
  activity: number[];
  input: number[];
}
export interface Info extends Activity {
  durationMs: number;
  startedAt: string;
  completeness: string;
}

const WINDOW = 5 * 60_000;
/** After a jump: enough to show the moment and to go on while the rest is on its way. */
const FIRST_WINDOW = 2_000;

function parse(buffer: ArrayBuffer): Entry[] {
  const view = new DataView(buffer);
  const found: Entry[] = [];
  for (let at = 0; at + 13 <= buffer.byteLength; ) {
    const length = view.getUint32(at + 9, true);
    found.push({ at: Number(view.getBigUint64(at, true)) / 1000, kind: view.getUint8(at + 8), payload: new Uint8Array(buffer, at + 13, length) });
    at += 13 + length;
  }
  return found;
}

export class Recording {
  /** The window that is here: begins with a snapshot, or at the recording's start. */
  entries: Entry[] = [];
  private from = 0;
  private to = -1;
  private loading: Promise<void> | undefined;
  private newest = 0;

  constructor(private readonly id: string) {}

  async info(): Promise<Info | string> {
    const answer = await fetch(`/recordings/${this.id}/info`);
    if (answer.ok) {
      return (await answer.json()) as Info;
    }
    const problem = (await answer.json().catch(() => undefined)) as { detail?: string } | undefined;
    return problem?.detail ?? "The recording could not be opened.";
  }

  async activity(): Promise<Activity> {
    const answer = await fetch(`/recordings/${this.id}/activity`);
    if (!answer.ok) {
      throw new Error(`The recording could not be read (${answer.status}).`);
    }
    return (await answer.json()) as Activity;
  }

  async typed(): Promise<Entry[]> {
    return parse(await this.get("typed"));
  }

  has(moment: number): boolean {
    return moment >= this.from && moment <= this.to;
  }

  /** Fetches the window around a moment in place of the one that is here. */
  async load(moment: number): Promise<void> {
    const load = ++this.newest;
    const to = moment + FIRST_WINDOW;
    const entries = parse(await this.get(`events?from=${moment}&to=${to}`));
    if (load !== this.newest) {
      return;
    }
    [this.entries, this.from, this.to] = [entries, Math.min(moment, entries[0]?.at ?? moment), to];
  }

  /** Fetches what comes next before it is needed, or because there is nothing left to show. Entries that were shown may be forgotten: `keep` says from where on they are needed. */
  ahead(moment: number, keep: number): Promise<number> | undefined {
    if (this.loading || (keep < this.entries.length && moment < this.to - WINDOW / 2)) {
      return undefined;
    }
    const load = this.newest;
    const [from, to] = [this.to, this.to + WINDOW];
    const more = this.get(`events?from=${from}&to=${to}`).then((buffer) => {
      if (load !== this.newest) {
        return 0;
      }
      const dropped = Math.max(0, keep - 1);
      this.entries = [...this.entries.slice(dropped), ...parse(buffer).filter((entry) => entry.at > from)];
      this.from = this.entries[0]?.at ?? from;
      this.to = to;
      return dropped;
    });
    this.loading = more
      .then(
        () => undefined,
        () => undefined,
      )
      .finally(() => {
        this.loading = undefined;
      });
    return more;
  }

  private async get(what: string): Promise<ArrayBuffer> {
    const answer = await fetch(`/recordings/${this.id}/${what}`);
    if (!answer.ok) {
      throw new Error(`The recording could not be read (${answer.status}).`);
    }
    return answer.arrayBuffer();
  }
}
