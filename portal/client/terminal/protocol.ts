// Messages that only terminals have: docs/session-protocol.md. Pure: bytes in, bytes out.
import { number } from "../session/protocol";

export const Type = { input: 0x01, resize: 0x02, ack: 0x03, answer: 0x09, output: 0x11, inputAck: 0x12, snapshot: 0x17, question: 0x18 } as const;

/** What the asset asks at sign-in, in its own words. */
export interface AssetQuestion {
  instruction: string;
  prompts: { text: string; echo: boolean }[];
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
