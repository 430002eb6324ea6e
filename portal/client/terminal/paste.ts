// What is pasted into a terminal is text, and never a key. A program that reads a bracketed paste takes everything up to
// ESC [ 201 ~ as text, so a clipboard with that mark in it could end the paste and have the rest executed (xterm.js #5716).
import { ask } from "../dialog";

const MAX_PREVIEW = 2_000;

// All of C0 and C1 but tab and line ends; ESC and the 8-bit CSI are among them.
const controls = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g;

// What turns the direction of what follows, or is no wider than nothing: a text with such can read otherwise than it is (CVE-2021-42574).
const hidden = /[\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

export interface Pasted {
  text: string;
  /** How many control characters were left out. */
  removed: number;
  /** How many characters in it cannot be seen. */
  hidden: number;
  lines: number;
  /** A line end in it, wherever it stands, may execute what stands before. */
  executes: boolean;
}

export function clean(clipboard: string): Pasted {
  const text = clipboard.replace(controls, "");
  const ends = text.match(/\r\n|\r|\n/g)?.length ?? 0;
  return {
    text,
    removed: clipboard.length - text.length,
    hidden: text.match(hidden)?.length ?? 0,
    lines: ends + (/[\r\n]$/.test(text) ? 0 : 1),
    executes: ends > 0,
  };
}

/** @returns what may go into the terminal; undefined when the person does not want it. */
export async function approved(clipboard: string): Promise<string | undefined> {
  const { text, removed, hidden: unseen, lines, executes } = clean(clipboard);
  if (!text) {
    return undefined;
  }
  if (!executes && removed === 0 && unseen === 0) {
    return text;
  }
  const what = [
    executes ? "A shell executes each line as soon as it arrives." : "",
    removed > 0 ? `${removed} control character${removed === 1 ? " is" : "s are"} left out: a terminal takes such for keys, not for text.` : "",
    unseen > 0 ? `${unseen} character${unseen === 1 ? " that cannot be seen is" : "s that cannot be seen are"} named below in their place.` : "",
  ];
  const answer = await ask({
    title: executes ? `Paste ${lines} line${lines === 1 ? "" : "s"} into the terminal?` : "Paste this text into the terminal?",
    text: what.filter(Boolean).join(" "),
    preview: named(text.length > MAX_PREVIEW ? `${text.slice(0, MAX_PREVIEW)}\n… and ${text.length - MAX_PREVIEW} more characters` : text),
    confirm: "Paste",
    careful: true,
  });
  return answer === undefined ? undefined : text;
}

function named(text: string): string {
  return text.replace(hidden, (character) => `⟨U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}⟩`);
}
