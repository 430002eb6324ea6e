// Messages that only terminals have: docs/session-protocol.md. Pure: bytes in, bytes out.
import { Terminal } from "../generated/messages";
import { number } from "../session/protocol";

/** What the asset asks at sign-in, in its own words. */
export interface AssetQuestion {
  instruction: string;
  prompts: { text: string; echo: boolean }[];
}

export function input(offset: number, bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const message = new Uint8Array(9 + bytes.length);
  message.set(number(Terminal.input, offset));
  message.set(bytes, 9);
  return message;
}

export function resize(columns: number, rows: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array([Terminal.resize, columns & 0xff, columns >> 8, rows & 0xff, rows >> 8]);
}
