// A terminal's link: both directions are numbered, so when it drops and comes back nothing is lost or doubled.
import { Common, Terminal } from "../generated/messages";
import { type LinkEvents, SessionLink } from "../session/link";
import { type Opened, json, number, offset, read } from "../session/protocol";
import { type AssetQuestion, input, resize } from "./protocol";

const ACK_BYTES = 64 * 1024;
const ACK_EVERY = 100;
const MAX_INPUT_FRAME = 16 * 1024;

export interface Resumable {
  sessionId: string;
  resumeToken: string;
  received: number;
  sent: number;
  acked: number;
  unacked: number[];
}

export interface TerminalEvents extends LinkEvents {
  output(bytes: Uint8Array<ArrayBuffer>): void;
  /** For who watches, or comes from another window: the whole terminal, and how much of the output it holds; -1: not said. */
  snapshot(bytes: Uint8Array<ArrayBuffer>, at: number): void;
  question(question: AssetQuestion): void;
}

export class Link extends SessionLink {
  private received = 0;
  private ackedOutput = 0;
  private sent = 0;
  private acked = 0;
  private unacked: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  private size = { cols: 80, rows: 24 };
  private joined = false;
  private questioned = false;

  // What a snapshot holds of the output: one's own says so, and who watches takes what comes next as it is.
  private snapshotAt = -1;
  private ackTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    url: string,
    sessionId: string,
    private readonly terminal: TerminalEvents,
  ) {
    super(url, sessionId, terminal);
  }

  open(ticket: string, cols: number, rows: number): void {
    this.size = { cols, rows };
    this.connect(() => json(Common.open, { ticket, ...this.size }));
  }

  /** Goes on with what runs in another window: the terminal comes as it is. */
  takeOver(ticket: string, cols: number, rows: number): void {
    this.size = { cols, rows };
    this.joined = true;
    this.connect(() => json(Common.takeOver, { ticket, ...this.size }));
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

  /** @param answers one for each prompt; undefined: cancelled. */
  answer(answers: string[] | undefined): void {
    this.write(json(Terminal.answer, { answers }));
  }

  resize(cols: number, rows: number): void {
    if (cols === this.size.cols && rows === this.size.rows) {
      return;
    }
    this.size = { cols, rows };
    this.write(resize(cols, rows));
  }

  protected resumeMessage(): Uint8Array<ArrayBuffer> {
    return json(Common.resume, { sessionId: this.sessionId, resumeToken: this.resumeToken, received: this.received, ...this.size });
  }

  protected taken(session: Opened): void {
    if (this.joined) {
      // Where the other window stood.
      this.joined = false;
      [this.received, this.ackedOutput] = [session.output, session.output];
      [this.sent, this.acked] = [session.inputAcked + this.unacked.length, session.inputAcked];
      this.snapshotAt = session.output;
    }
    if (this.questioned) {
      // The gateway took no size while the asset's question was open.
      this.questioned = false;
      this.write(resize(this.size.cols, this.size.rows));
    }
    this.forget(session.inputAcked);
    // What the gateway has not got is still here.
    this.transmit(this.acked, this.unacked);
  }

  protected receive(type: number, data: ArrayBuffer): void {
    switch (type) {
      case Terminal.output: {
        const bytes = new Uint8Array(data, 9);
        // After a snapshot the next output is taken as it comes: whatever its number, it is what follows.
        const known = this.received < 0 ? 0 : this.received - offset(data);
        if (known < 0 || known >= bytes.length) {
          break;
        }
        this.received = offset(data) + bytes.length;
        this.terminal.output(bytes.subarray(known));
        this.acknowledge();
        break;
      }
      case Terminal.inputAck:
        this.forget(offset(data));
        break;
      case Terminal.question:
        this.questioned = true;
        this.terminal.question(read<AssetQuestion>(data));
        break;
      case Terminal.snapshot:
        this.received = this.snapshotAt;
        this.terminal.snapshot(new Uint8Array(data, 1), this.received);
        break;
    }
  }

  private transmit(at: number, bytes: Uint8Array<ArrayBuffer>): void {
    for (let part = 0; part < bytes.length; part += MAX_INPUT_FRAME) {
      this.write(input(at + part, bytes.subarray(part, part + MAX_INPUT_FRAME)));
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
    this.write(number(Terminal.ack, this.received));
  }
}
