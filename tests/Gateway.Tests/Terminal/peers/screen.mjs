// Shows what the browser's own terminal makes of some output: one JSON request a line, one JSON answer a line.
import unicode11 from "@xterm/addon-unicode11";
import headless from "@xterm/headless";
import { createInterface } from "node:readline";

function colour(isDefault, isRgb, value) {
  return isDefault ? -1 : isRgb ? 0x1000000 + value : value;
}

for await (const line of createInterface({ input: process.stdin })) {
  const { columns, rows, output } = JSON.parse(line);
  const terminal = new headless.Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 0 });
  terminal.loadAddon(new unicode11.Unicode11Addon());
  terminal.unicode.activeVersion = "11";
  for (const part of output) {
    if (part.resize) {
      terminal.resize(part.resize[0], part.resize[1]);
    } else {
      await new Promise((done) => terminal.write(Buffer.from(part.bytes, "base64"), done));
    }
  }
  const buffer = terminal.buffer.active;
  const screen = [];
  for (let y = 0; y < terminal.rows; y++) {
    const row = buffer.getLine(buffer.baseY + y);
    const cells = [];
    for (let x = 0; x < terminal.cols; x++) {
      const c = row.getCell(x);
      const flags = [c.isBold(), c.isDim(), c.isItalic(), c.isUnderline(), c.isBlink(), c.isInverse(), c.isInvisible(), c.isStrikethrough()];
      const attributes = flags.reduce((all, on, bit) => all | (on ? 1 << bit : 0), 0);
      cells.push(
        `${c.getChars() || (c.getWidth() === 0 ? "" : " ")}|${colour(c.isFgDefault(), c.isFgRGB(), c.getFgColor())}|${colour(c.isBgDefault(), c.isBgRGB(), c.getBgColor())}|${attributes}`,
      );
    }
    screen.push(cells);
  }
  process.stdout.write(`${JSON.stringify({ type: buffer.type, row: buffer.cursorY, column: buffer.cursorX, screen })}\n`);
  terminal.dispose();
}
