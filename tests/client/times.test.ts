import assert from "node:assert/strict";
import { test } from "node:test";
import { clock } from "../../portal/client/player/clock";
import { absolute, inputValue, relative, timeLeft } from "../../portal/client/times";

const noon = new Date("2026-01-31T11:00:00Z"); // 12:00 in the zone of these tests

test("A moment of today has the time alone, in the viewer's zone", () => {
  assert.equal(absolute(new Date("2026-01-31T06:05:00Z"), noon), "today 07:05");
});

test("A moment of another day has the day, too, also when it is less than a day away", () => {
  assert.match(absolute(new Date("2026-01-30T22:59:00Z"), noon), /^Jan 30, 2026, 23:59$/);
  assert.equal(absolute(new Date("2026-01-30T23:00:00Z"), noon), "today 00:00");
});

test("How long ago something was is told in the largest unit that has begun", () => {
  const ago = (seconds: number): string => relative(new Date(noon.getTime() - seconds * 1000), noon);
  assert.deepEqual([0, 59, 60, 3599, 3600, 86_400, 2 * 86_400].map(ago), [
    "now",
    "59 seconds ago",
    "1 minute ago",
    "59 minutes ago",
    "1 hour ago",
    "yesterday",
    "2 days ago",
  ]);
});

test("What is to come is told as to come", () => {
  assert.equal(relative(new Date(noon.getTime() + 90_000), noon), "in 1 minute");
});

test("The time that a session has left changes its form at an hour", () => {
  assert.deepEqual([0, 5, 65, 3599, 3600, 3661, 36_000].map(timeLeft), ["00:00", "00:05", "01:05", "59:59", "1 h 00 min", "1 h 01 min", "10 h 00 min"]);
});

test("A moment of a recording has hours only when there are any", () => {
  assert.deepEqual([0, 999, 61_000, 3_599_999, 3_600_000, 36_061_000].map(clock), ["0:00", "0:00", "1:01", "59:59", "1:00:00", "10:01:01"]);
});

test("An input for a time is given the viewer's own time, to the minute, in winter and in summer", () => {
  assert.equal(inputValue(new Date("2026-01-31T11:59:59Z")), "2026-01-31T12:59");
  assert.equal(inputValue(new Date("2026-07-31T22:30:00Z")), "2026-08-01T00:30");
});
