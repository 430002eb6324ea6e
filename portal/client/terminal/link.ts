// One session's link to the gateway. It drops and comes back by itself; both directions are numbered, so nothing is lost or doubled.
import { type Ended, type Incoming, type Notice, type Opened, input, json, number, parse, ping, resize, Type } from "./protocol";

const PING_EVERY = 5_000;
const DEAD_AFTER = 12_000;
const ATTEMPT_TIMEOUT = 5_000;
const GIVE_UP_AFTER = 185_000;
const ACK_BYTES = 64 * 1024;
const ACK_EVERY = 100;
const MAX_INPUT_FRAME = 16 * 1024;

export interface Resumable { sessionId: string; resumeToken: string; received: number; sent: number; acked: number; unacked: number[] }

export interface LinkEvents {
  opened(session: Opened): void;
  output(bytes: Uint8Array<ArrayBuffer>): void;
  notice(notice: Notice): void;
  dropped(since: number): void;
  ended(end: Ended): void;
}

export class Link {
  private socket: WebSocket | undefined;
  private resumeToken = "";
  private received = 0;
  private ackedOutput = 0;
  private sent = 0;
  private acked = 0;
  private unacked: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  private lastHeard = 0;
  private droppedAt = 0;
  private delay = 500;
  private over = false;
  private size = { cols: 80, rows: 24 };
  private ackTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly url: string, private readonly sessionId: string, private readonly events: LinkEvents) {
    setInterval(() => this.check(), 1_000);
    window.addEventListener("online", () => { this.abandon(); this.reconnect(); });
  }

  open(ticket: string, cols: number, rows: number): void {
    this.size = { cols, rows };
    this.connect(() => json(Type.open, { ticket, cols, rows }));
  }

  resume(state: Resumable, cols: number, rows: number): void {
    this.size = { cols, rows };
    [this.resumeToken, this.received, this.sent, this.acked] = [state.resumeToken, state.received, state.sent, state.acked];
    this.ackedOutput = state.received;
    this.unacked = new Uint8Array(state.unacked);
    this.connect(() => this.resumeMessage());
  }

  /** What a reloaded page needs to go on; undefined when there is nothing to go on with. */
  state(): Resumable | undefined {
    return this.over || !this.resumeToken
      ? undefined
      : { sessionId: this.sessionId, resumeToken: this.resumeToken, received: this.received, sent: this.sent, acked: this.acked, unacked: [...this.unacked] };
  }

  send(bytes: Uint8Array<ArrayBuffer>): void {
    const joined = new Uint8Array(this.unacked.length + bytes.length);
    joined.set(this.unacked);
    joined.set(bytes, this.unacked.length);
    this.unacked = joined;
    this.transmit(this.sent, bytes);
    this.sent += bytes.length;
  }

  resize(cols: number, rows: number): void {
    this.size = { cols, rows };
    this.write(resize(cols, rows));
  }

  end(): void {
    this.write(new Uint8Array([Type.end]));
  }

  private transmit(offset: number, bytes: Uint8Array<ArrayBuffer>): void {
    for (let at = 0; at < bytes.length; at += MAX_INPUT_FRAME) {
      this.write(input(offset + at, bytes.subarray(at, at + MAX_INPUT_FRAME)));
    }
  }

  private write(message: Uint8Array<ArrayBuffer>): void {
    if (this.socket?.readyState === WebSocket.OPEN) {
      this.socket.send(message);
    }
  }

  private resumeMessage(): Uint8Array<ArrayBuffer> {
    return json(Type.resume, { sessionId: this.sessionId, resumeToken: this.resumeToken, received: this.received, ...this.size });
  }

  private connect(first: () => Uint8Array<ArrayBuffer>): void {
    const socket = new WebSocket(this.url);
    socket.binaryType = "arraybuffer";
    this.socket = socket;
    this.lastHeard = performance.now();
    socket.onopen = () => socket.send(first());
    socket.onmessage = (event) => {
      if (socket === this.socket) {
        this.lastHeard = performance.now();
        const message = parse(event.data as ArrayBuffer);
        if (message) {
          this.handle(message);
        }
      }
    };
    socket.onclose = () => {
      if (socket === this.socket) {
        this.lost();
      }
    };
  }

  private handle(message: Incoming): void {
    switch (message.type) {
      case "opened":
        this.resumeToken = message.body.resumeToken;
        this.droppedAt = 0;
        this.delay = 500;
        this.forget(message.body.inputAcked);
        // What the gateway has not got is still here.
        this.transmit(this.acked, this.unacked);
        this.events.opened(message.body);
        break;
      case "output": {
        const known = this.received - message.offset;
        if (known < 0 || known >= message.bytes.length) {
          break;
        }
        this.received = message.offset + message.bytes.length;
        this.events.output(message.bytes.subarray(known));
        this.acknowledge();
        break;
      }
      case "inputAck":
        this.forget(message.received);
        break;
      case "notice":
        this.events.notice(message.body);
        break;
      case "ended":
        this.finish(message.body);
        break;
      case "refused":
        this.finish({ reason: message.body.error, message: message.body.message });
        break;
    }
  }

  private forget(received: number): void {
    if (received > this.acked && received <= this.sent) {
      this.unacked = this.unacked.slice(received - this.acked);
      this.acked = received;
    }
  }

  private acknowledge(): void {
    if (this.received - this.ackedOutput >= ACK_BYTES) {
      this.sendAck();
    } else {
      this.ackTimer ??= setTimeout(() => this.sendAck(), ACK_EVERY);
    }
  }

  private sendAck(): void {
    clearTimeout(this.ackTimer);
    this.ackTimer = undefined;
    this.ackedOutput = this.received;
    this.write(number(Type.ack, this.received));
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
      this.finish({ reason: "gateway-away", message: "The session gateway cannot be reached from here. Check your connection and connect again." });
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
