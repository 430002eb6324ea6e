import assert from "node:assert/strict";
import { test } from "node:test";
import { json, message, number, offset, read } from "../../portal/client/session/protocol";
import { Common, Terminal } from "../../portal/client/generated/messages";
import { input, resize } from "../../portal/client/terminal/protocol";

test("A message is its type and its body", () => {
  assert.deepEqual([...message(Common.end)], [0x04]);
  assert.deepEqual([...message(0x20, new Uint8Array([7, 8]))], [0x20, 7, 8]);
});

test("A number is eight bytes, the least first, and comes back as it was", () => {
  const bytes = number(Terminal.ack, 0x01_02_03_04_05);
  assert.deepEqual([...bytes], [Terminal.ack, 5, 4, 3, 2, 1, 0, 0, 0]);
  assert.equal(offset(bytes.buffer), 0x01_02_03_04_05);
});

test("An offset above four gigabytes is exact", () => {
  const far = Number.MAX_SAFE_INTEGER;
  assert.equal(offset(number(Terminal.ack, far).buffer), far);
});

test("JSON is UTF-8 and comes back as it was", () => {
  const sent = json(Common.open, { ticket: "Füller ⏎" });
  assert.equal(sent[0], Common.open);
  assert.deepEqual(read(sent.buffer), { ticket: "Füller ⏎" });
});

test("Input has the offset of its first byte before it", () => {
  assert.deepEqual([...input(258, new Uint8Array([0x61, 0x0d]))], [Terminal.input, 2, 1, 0, 0, 0, 0, 0, 0, 0x61, 0x0d]);
});

test("A size is two numbers of two bytes, the least first", () => {
  assert.deepEqual([...resize(300, 24)], [Terminal.resize, 44, 1, 24, 0]);
});
