// Messages between browser and gateway: docs/session-protocol.md. Pure: bytes in, bytes out.

export const Type = {
  open: 0x00, input: 0x01, resize: 0x02, ack: 0x03, end: 0x04, ping: 0x05, resume: 0x06,
  opened: 0x10, output: 0x11, inputAck: 0x12, notice: 0x13, ended: 0x14, pong: 0x15, refused: 0x16,
} as const;

export interface Opened {
  sessionId: string;
  resumeToken: string;
  endsAt: string;
  now: string;
  output: number;
  inputAcked: number;
}

export interface Notice { kind: string; message: string; minutesLeft?: number; endsAt?: string }

export interface Ended { reason: string; message: string }

export interface Refused { error: string; message: string }

export type Incoming =
  | { type: "opened"; body: Opened }
  | { type: "output"; offset: number; bytes: Uint8Array<ArrayBuffer> }
  | { type: "inputAck"; received: number }
  | { type: "notice"; body: Notice }
  | { type: "ended"; body: Ended }
  | { type: "refused"; body: Refused }
  | { type: "pong" };

const text = new TextDecoder();
const utf8 = new TextEncoder();

export function json(type: number, body: unknown): Uint8Array<ArrayBuffer> {
  const bytes = utf8.encode(JSON.stringify(body));
  const message = new Uint8Array(bytes.length + 1);
  message[0] = type;
  message.set(bytes, 1);
  return message;
}

export function number(type: number, value: number): Uint8Array<ArrayBuffer> {
  const message = new Uint8Array(9);
  message[0] = type;
  new DataView(message.buffer).setBigUint64(1, BigInt(value), true);
  return message;
}

export function input(offset: number, bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const message = new Uint8Array(9 + bytes.length);
  message.set(number(Type.input, offset));
  message.set(bytes, 9);
  return message;
}

export function resize(columns: number, rows: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array([Type.resize, columns & 0xff, columns >> 8, rows & 0xff, rows >> 8]);
}

export function ping(): Uint8Array<ArrayBuffer> {
  return number(Type.ping, Math.round(performance.now()));
}

export function parse(data: ArrayBuffer): Incoming | undefined {
  const bytes = new Uint8Array(data);
  const body = bytes.subarray(1);
  const read = <T>(): T => JSON.parse(text.decode(body)) as T;
  const offset = (): number => Number(new DataView(data).getBigUint64(1, true));
  switch (bytes[0]) {
    case Type.opened: return { type: "opened", body: read<Opened>() };
    case Type.output: return { type: "output", offset: offset(), bytes: bytes.subarray(9) };
    case Type.inputAck: return { type: "inputAck", received: offset() };
    case Type.notice: return { type: "notice", body: read<Notice>() };
    case Type.ended: return { type: "ended", body: read<Ended>() };
    case Type.refused: return { type: "refused", body: read<Refused>() };
    case Type.pong: return { type: "pong" };
    default: return undefined;
  }
}
