// One session's link to the gateway. It drops and comes back by itself; what travels over it is each protocol's own.
import { Common } from "../generated/messages";
import { type Ended, type Notice, type Opened, type Refused, json, message, ping, read } from "./protocol";

const PING_EVERY = 5_000;
const DEAD_AFTER = 12_000;
const ATTEMPT_TIMEOUT = 5_000;
const GIVE_UP_AFTER = 185_000;

export interface LinkEvents {
  opened(session: Opened): void;
  notice(notice: Notice): void;
  dropped(since: number): void;
  ended(end: Ended): void;
}

let dialled: WebSocket | undefined;

/** Opens the socket before there is a ticket to send on it: the two come at the same time. */
export function dial(url: string): void {
  dialled = new WebSocket(url);
}

export abstract class SessionLink {
  protected resumeToken = "";
  protected over = false;
  private socket: WebSocket | undefined;
  private lastHeard = 0;
  private droppedAt = 0;
  private delay = 500;

  constructor(
    private readonly url: string,
    protected readonly sessionId: string,
    private readonly events: LinkEvents,
  ) {
    setInterval(() => this.check(), 1_000);
    window.addEventListener("online", () => {
      this.abandon();
      this.reconnect();
    });
    // The browser knows of a cut cable at once; silence alone would tell after seconds.
    window.addEventListener("offline", () => {
      if (!this.over && !this.droppedAt && this.resumeToken) {
        this.droppedAt = performance.now();
        this.abandon();
        this.lost();
      }
    });
  }

  /** Looks at the session of another; what is typed goes nowhere. */
  watch(ticket: string): void {
    this.connect(() => json(Common.watch, { ticket }));
  }

  /** Whether what is said now reaches the gateway. */
  get up(): boolean {
    return !this.droppedAt && this.socket?.readyState === WebSocket.OPEN;
  }

  end(): void {
    this.write(message(Common.end));
  }

  /** The session's own first words when the link comes back. */
  protected abstract resumeMessage(): Uint8Array<ArrayBuffer>;

  /** The gateway took the session on, or took it back. */
  protected abstract taken(session: Opened): void;

  /** A message that only this protocol has. */
  protected abstract receive(type: number, data: ArrayBuffer): void;

  protected connect(first: () => Uint8Array<ArrayBuffer>): void {
    const socket = dialled && dialled.readyState <= WebSocket.OPEN ? dialled : new WebSocket(this.url);
    dialled = undefined;
    socket.binaryType = "arraybuffer";
    this.socket = socket;
    this.lastHeard = performance.now();
    if (socket.readyState === WebSocket.OPEN) {
      socket.send(first());
    }
    socket.onopen = () => socket.send(first());
    socket.onmessage = (event) => {
      if (socket === this.socket) {
        this.lastHeard = performance.now();
        this.handle(event.data as ArrayBuffer);
      }
    };
    socket.onclose = () => {
      if (socket === this.socket) {
        this.lost();
      }
    };
  }

  protected write(bytes: Uint8Array<ArrayBuffer>): void {
    if (this.socket?.readyState === WebSocket.OPEN) {
      this.socket.send(bytes);
    }
  }

  private handle(data: ArrayBuffer): void {
    const type = new Uint8Array(data)[0] ?? -1;
    switch (type) {
      case Common.opened: {
        const session = read<Opened>(data);
        this.resumeToken = session.resumeToken;
        this.droppedAt = 0;
        this.delay = 500;
        this.taken(session);
        this.events.opened(session);
        break;
      }
      case Common.notice:
        this.events.notice(read<Notice>(data));
        break;
      case Common.ended:
        this.finish(read<Ended>(data));
        break;
      case Common.refused: {
        const refused = read<Refused>(data);
        this.finish({ reason: refused.error, message: refused.message });
        break;
      }
      default:
        this.receive(type, data);
    }
  }

  private check(): void {
    if (this.over) {
      return;
    }
    const silent = performance.now() - this.lastHeard;
    if (this.socket?.readyState === WebSocket.OPEN && silent > PING_EVERY) {
      this.write(ping());
    }
    if (this.droppedAt) {
      this.events.dropped(this.droppedAt);
      // An attempt that hangs, as after a cut cable, makes room for the next.
      if (this.socket && silent > ATTEMPT_TIMEOUT) {
        this.abandon();
        this.lost();
      }
      if (performance.now() - this.droppedAt > GIVE_UP_AFTER) {
        this.finish({ reason: "browser-lost", message: "The link did not come back in time, and the session has ended." });
      }
    } else if (silent > DEAD_AFTER) {
      this.lost();
    }
  }

  private lost(): void {
    if (this.over) {
      return;
    }
    if (!this.resumeToken) {
      this.finish({ reason: "gateway-away", message: "The session gateway cannot be reached from here. Check your connection and try again." });
      return;
    }
    this.socket = undefined;
    this.droppedAt ||= performance.now();
    this.events.dropped(this.droppedAt);
    setTimeout(() => this.reconnect(), this.delay);
    this.delay = Math.min(this.delay * 1.6, 5_000);
  }

  private reconnect(): void {
    if (!this.over && this.droppedAt && !this.socket) {
      this.connect(() => this.resumeMessage());
    }
  }

  private abandon(): void {
    const socket = this.socket;
    if (this.droppedAt && socket) {
      this.socket = undefined;
      socket.close();
    }
  }

  private finish(end: Ended): void {
    this.over = true;
    this.events.ended(end);
    this.socket?.close();
  }
}
