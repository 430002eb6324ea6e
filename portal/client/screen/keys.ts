// Keys that a tablet has not, and keys that a browser keeps for itself: as X11 keysyms.
export const Keysym: Record<string, number> = {
  Escape: 0xff1b,
  Tab: 0xff09,
  Enter: 0xff0d,
  Backspace: 0xff08,
  Delete: 0xffff,
  Home: 0xff50,
  Left: 0xff51,
  Up: 0xff52,
  Right: 0xff53,
  Down: 0xff54,
  PageUp: 0xff55,
  PageDown: 0xff56,
  End: 0xff57,
  Insert: 0xff63,
  Control: 0xffe3,
  Alt: 0xffe9,
  Shift: 0xffe1,
  F1: 0xffbe,
  F2: 0xffbf,
  F3: 0xffc0,
  F4: 0xffc1,
  F5: 0xffc2,
  F6: 0xffc3,
  F7: 0xffc4,
  F8: 0xffc5,
  F9: 0xffc6,
  F10: 0xffc7,
  F11: 0xffc8,
  F12: 0xffc9,
};

/** The keysym of a named key, or of one character: Latin-1 is its own, the rest is Unicode's. */
export function keysymOf(key: string): number {
  const code = key.codePointAt(0) ?? 0;
  return Keysym[key] ?? (code < 0x100 ? code : 0x01000000 | code);
}
