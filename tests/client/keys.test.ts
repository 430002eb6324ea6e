import assert from "node:assert/strict";
import { test } from "node:test";
import { keyName } from "../../portal/client/player/keys";
import { keysymOf } from "../../portal/client/screen/keys";

test("A named key has its keysym, Latin-1 is its own, and the rest is Unicode's", () => {
  assert.deepEqual(["Escape", "F12", "a", "ä", "€", "😀"].map(keysymOf), [0xff1b, 0xffc9, 0x61, 0xe4, 0x010020ac, 0x0101f600]);
});

function key(keysym: number, down = 1): Uint8Array {
  const payload = new Uint8Array(6);
  payload.set([1, down]);
  new DataView(payload.buffer).setUint32(2, keysym, true);
  return payload;
}

test("A replayed key is shown as what it types, and only when it is pressed", () => {
  assert.equal(keyName(key(keysymOf("a"))), "a");
  assert.equal(keyName(key(keysymOf("€"))), "€");
  assert.equal(keyName(key(keysymOf("Enter"))), " ⏎");
  assert.equal(keyName(key(keysymOf("a"), 0)), "");
  assert.equal(keyName(key(0xfe50)), "·");
});

test("A replayed pointer is worth a word when a button goes down, once", () => {
  const pointer = (buttons: number): Uint8Array => new Uint8Array([2, buttons, 10, 0, 20, 0]);
  assert.deepEqual([pointer(0), pointer(1), pointer(1), pointer(0), pointer(1)].map(keyName), ["", " click 10,20 ", "", "", " click 10,20 "]);
});
