// Messages that every session's page shares: docs/session-protocol.md. Pure: bytes in, bytes out.
import { Common } from "../generated/messages";

export interface Opened {
  sessionId: string;
  resumeToken: string;
  endsAt: string;
  now: string;
  user: string;
  output: number;
  inputAcked: number;
  /** Old algorithms that encrypt it between gateway and asset. */
  weak?: string[];
}

export interface Notice {
  kind: string;
  message: string;
  minutesLeft?: number;
  endsAt?: string;
}

export interface Ended {
  reason: string;
  message: string;
}

export interface Refused {
  error: string;
  message: string;
}

const text = new TextDecoder();
const utf8 = new TextEncoder();

export function json(type: number, body: unknown): Uint8Array<ArrayBuffer> {
  return message(type, utf8.encode(JSON.stringify(body)));
}

export function message(type: number, body: Uint8Array = new Uint8Array(0)): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(body.length + 1);
  bytes[0] = type;
  bytes.set(body, 1);
  return bytes;
}

export function number(type: number, value: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(9);
  bytes[0] = type;
  new DataView(bytes.buffer).setBigUint64(1, BigInt(value), true);
  return bytes;
}

export function ping(): Uint8Array<ArrayBuffer> {
  return number(Common.ping, Math.round(performance.now()));
}

export function read<T>(data: ArrayBuffer): T {
  return JSON.parse(text.decode(new Uint8Array(data, 1))) as T;
}

/** The number that follows a message's type. */
export function offset(data: ArrayBuffer): number {
  return Number(new DataView(data).getBigUint64(1, true));
}
