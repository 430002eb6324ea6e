import assert from "node:assert/strict";
import { test } from "node:test";
import { clean } from "../../portal/client/terminal/paste";

test("Plain text stays as it is, and executes nothing", () => {
  assert.deepEqual(clean("ls -l\tä €"), { text: "ls -l\tä €", removed: 0, hidden: 0, lines: 1, executes: false });
});

test("A line end executes, wherever it stands and however it is written", () => {
  for (const text of ["reboot\n", "reboot\r", "\nreboot", "a\r\nb"]) {
    assert.equal(clean(text).executes, true, JSON.stringify(text));
  }
});

test("Lines are counted as a person counts them", () => {
  assert.deepEqual(
    ["a", "a\n", "a\nb", "a\r\nb\r\n", "\n\n"].map((text) => clean(text).lines),
    [1, 1, 2, 2, 2],
  );
});

test("The mark that ends a bracketed paste cannot get through", () => {
  const { text, removed } = clean("harmless\u001b[201~rm -rf /\n");
  assert.equal(text, "harmless[201~rm -rf /\n");
  assert.equal(removed, 1);
});

test("Control characters of C0, C1 and DEL are left out; tab and line ends stay", () => {
  const { text, removed } = clean("\u0000\u0003\u0008a\tb\u000b\u000c\n\u007f\u009b201~");
  assert.equal(text, "a\tb\n201~");
  assert.equal(removed, 7);
});

test("What cannot be seen is counted and stays: the person is shown where", () => {
  assert.equal(clean("rm\u202e -rf\u200b /tmp\ufeff").hidden, 3);
  assert.equal(clean("rm\u202e -rf\u200b /tmp\ufeff").removed, 0);
});
