// Moments and spans of time as people read and write them, in the viewer's zone and language. Pure.

const timeOfDay = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const anyDay = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short", hourCycle: "h23" });
const ago = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });
const steps: [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 86400],
  ["hour", 3600],
  ["minute", 60],
];

export function absolute(at: Date, now = new Date()): string {
  return at.toDateString() === now.toDateString() ? `today ${timeOfDay.format(at)}` : anyDay.format(at);
}

export function relative(at: Date, now = new Date()): string {
  const seconds = Math.round((at.getTime() - now.getTime()) / 1000);
  for (const [unit, length] of steps) {
    if (Math.abs(seconds) >= length) {
      return ago.format(Math.trunc(seconds / length), unit);
    }
  }
  return ago.format(seconds, "second");
}

/** What a session has left: minutes and seconds, or hours and minutes. */
export function timeLeft(seconds: number): string {
  const pad = (n: number): string => String(n).padStart(2, "0");
  return seconds >= 3600
    ? `${Math.floor(seconds / 3600)} h ${pad(Math.floor(seconds / 60) % 60)} min`
    : `${pad(Math.floor(seconds / 60))}:${pad(seconds % 60)}`;
}

/** As an `<input type="datetime-local">` takes it, to the minute. */
export function inputValue(at: Date): string {
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
