// What a screen's user did, in words: docs/recording-format.md has the payloads.
import { Keysym } from "../screen/keys";

const names = new Map(Object.entries(Keysym).map(([name, keysym]) => [keysym, name === "Enter" ? " ⏎" : ` ${name} `]));
const text = new TextDecoder();
let pressed = 0;

/** Of a pointer only its presses are worth words. */
export function keyName(payload: Uint8Array): string {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  switch (payload[0]) {
    case 1: {
      if (!payload[1]) {
        return "";
      }
      const keysym = view.getUint32(2, true);
      return (
        names.get(keysym) ??
        (keysym < 0x100 ? String.fromCharCode(keysym) : keysym >= 0x01000000 && keysym < 0x01110000 ? String.fromCodePoint(keysym & 0xffffff) : "·")
      );
    }
    case 2: {
      const fresh = payload[1]! & ~pressed & 0b111;
      pressed = payload[1]!;
      return fresh ? ` click ${view.getUint16(2, true)},${view.getUint16(4, true)} ` : "";
    }
    case 3:
    case 4:
      return ` [clipboard ${payload[0] === 3 ? "to" : "from"} the asset: ${text.decode(payload.subarray(1, 200))}] `;
    default:
      return "";
  }
}
