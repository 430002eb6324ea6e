import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { json, message, number, offset, read } from "../../portal/client/session/protocol";
import { Link, type TerminalEvents } from "../../portal/client/terminal/link";
import { Common, Terminal } from "../../portal/client/generated/messages";
import { input } from "../../portal/client/terminal/protocol";

/** The gateway's end: what the page sends is kept, and what a test says is received. */
class Gateway {
  static readonly OPEN = 1;
  static dialled: Gateway[] = [];
  readyState = 0;
  sent: Uint8Array<ArrayBuffer>[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: ArrayBuffer }) => void) | null = null;
  onclose: (() => void) | null = null;

  constructor(readonly url: string) {
    Gateway.dialled.push(this);
  }

  send(bytes: Uint8Array<ArrayBuffer>): void {
    this.sent.push(bytes.slice());
  }

  close(): void {
    this.readyState = 3;
    this.onclose?.();
  }

  accept(): void {
    this.readyState = Gateway.OPEN;
    this.onopen?.();
  }

  say(bytes: Uint8Array<ArrayBuffer>): void {
    this.onmessage?.({ data: bytes.buffer });
  }

  opened(inputAcked: number): void {
    this.say(json(Common.opened, { sessionId: "s", resumeToken: "r", endsAt: "", now: "", user: "", output: 0, inputAcked }));
  }

  /** All input that came, each byte at its offset. */
  get typed(): string {
    const bytes: number[] = [];
    for (const part of this.sent.filter((sent) => sent[0] === Terminal.input)) {
      bytes.splice(offset(part.buffer), part.length - 9, ...part.subarray(9));
    }
    return bytes.map((byte) => (byte === undefined ? "?" : String.fromCharCode(byte))).join("");
  }
}

const utf8 = new TextEncoder();
let shown = "";
let ended: string | undefined;

function output(at: number, text: string): Uint8Array<ArrayBuffer> {
  const bytes = input(at, utf8.encode(text));
  bytes[0] = Terminal.output;
  return bytes;
}

function open(): Link {
  const events: TerminalEvents = {
    opened: () => {},
    notice: () => {},
    dropped: () => {},
    ended: (end) => {
      ended = end.reason;
    },
    output: (bytes) => {
      shown += new TextDecoder().decode(bytes);
    },
    snapshot: () => {},
    question: () => {},
  };
  const link = new Link("wss://gateway/terminal", "s", events);
  link.open("ticket", 80, 24);
  Gateway.dialled[0]?.accept();
  Gateway.dialled[0]?.opened(0);
  return link;
}

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  Gateway.dialled = [];
  [shown, ended] = ["", undefined];
  Object.assign(globalThis, { WebSocket: Gateway, window: { addEventListener: () => {} } });
});

test("The first message opens with the ticket and the size", () => {
  open();
  assert.deepEqual(read(Gateway.dialled[0]!.sent[0]!.buffer), { ticket: "ticket", cols: 80, rows: 24 });
});

test("Output is shown once, in its order, whatever comes twice", () => {
  open();
  const gateway = Gateway.dialled[0]!;
  gateway.say(output(0, "abc"));
  gateway.say(output(0, "abc"));
  gateway.say(output(1, "bcde"));
  assert.equal(shown, "abcde");
});

test("Output after a gap is not taken: it will come again from where the page is", () => {
  open();
  Gateway.dialled[0]!.say(output(5, "late"));
  assert.equal(shown, "");
});

test("What was shown is acknowledged soon, and at once when it is much", () => {
  open();
  const gateway = Gateway.dialled[0]!;
  gateway.say(output(0, "abc"));
  mock.timers.tick(100);
  gateway.say(output(3, "x".repeat(64 * 1024)));
  const acks = gateway.sent.filter((sent) => sent[0] === Terminal.ack).map((sent) => offset(sent.buffer));
  assert.deepEqual(acks, [3, 3 + 64 * 1024]);
});

test("Input that the gateway has not got when the link drops is sent again, and no other", () => {
  const link = open();
  link.send(utf8.encode("show "));
  Gateway.dialled[0]!.say(number(Terminal.inputAck, 5));
  link.send(utf8.encode("version"));
  Gateway.dialled[0]!.close();
  link.send(utf8.encode("\r"));
  mock.timers.tick(1_000);
  const back = Gateway.dialled[1]!;
  back.accept();
  assert.equal(back.sent[0]![0], Common.resume);
  back.opened(8);
  assert.deepEqual(
    back.sent.filter((sent) => sent[0] === Terminal.input).map((sent) => [offset(sent.buffer), new TextDecoder().decode(sent.subarray(9))]),
    [[8, "sion\r"]],
  );
});

test("A long paste is sent in parts, whose offsets fit one another", () => {
  const link = open();
  const text = "0123456789".repeat(5_000);
  link.send(utf8.encode(text));
  const gateway = Gateway.dialled[0]!;
  assert.equal(gateway.typed, text);
  assert.ok(gateway.sent.every((sent) => sent.length <= 16 * 1024 + 9));
});

test("After the session's end the page does not dial again", () => {
  open();
  const gateway = Gateway.dialled[0]!;
  gateway.say(json(Common.ended, { reason: "user", message: "You ended the session." }));
  gateway.close();
  mock.timers.tick(200_000);
  assert.equal(ended, "user");
  assert.equal(Gateway.dialled.length, 1);
});

test("A gateway that was never reached is told as away, and not dialled for ever", () => {
  const events = {
    opened() {},
    notice() {},
    dropped() {},
    ended: (end: { reason: string }) => (ended = end.reason),
    output() {},
    snapshot() {},
    question() {},
  };
  new Link("wss://gateway/terminal", "s", events).open("ticket", 80, 24);
  Gateway.dialled[0]!.close();
  mock.timers.tick(200_000);
  assert.equal(ended, "gateway-away");
  assert.equal(Gateway.dialled.length, 1);
});

test("The end is one byte that the gateway knows", () => {
  const link = open();
  link.end();
  assert.deepEqual(Gateway.dialled[0]!.sent.at(-1), message(Common.end));
});
