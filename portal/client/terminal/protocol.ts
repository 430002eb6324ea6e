// Messages that only terminals have: docs/session-protocol.md. Pure: bytes in, bytes out.
import { number } from "../session/protocol";

export const Type = { input: 0x01, resize: 0x02, ack: 0x03, output: 0x11, inputAck: 0x12, snapshot: 0x17 } as const;

export function input(offset: number, bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const message = new Uint8Array(9 + bytes.length);
  message.set(number(Type.input, offset));
  message.set(bytes, 9);
  return message;
}

export function resize(columns: number, rows: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array([Type.resize, columns & 0xff, columns >> 8, rows & 0xff, rows >> 8]);
}
