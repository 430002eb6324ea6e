// A recorded terminal.
import { Unicode11Addon } from "@xterm/addon-unicode11";
import { Terminal } from "@xterm/xterm";
import { RecordingKind } from "../generated/messages";
import type { Entry } from "./recording";
import type { View } from "./view";

export class TerminalView implements View {
  private readonly terminal = new Terminal({
    allowProposedApi: true,
    disableStdin: true,
    cursorBlink: false,
    scrollback: 5_000,
    fontSize: 13,
    fontFamily: '"JetBrains Mono", ui-monospace, monospace',
    theme: { background: "#0d1013", foreground: "#e4e8eb", cursor: "#6cc0dc" },
  });

  constructor(screen: HTMLElement) {
    this.terminal.loadAddon(new Unicode11Addon());
    this.terminal.unicode.activeVersion = "11";
    this.terminal.open(screen);
    this.showWhole(screen);
  }

  // The prompt is at the bottom: a terminal that is larger than the player is drawn smaller, and not cut.
  private showWhole(screen: HTMLElement): void {
    screen.classList.add("terminal-holder");
    const room = screen.parentElement!;
    const drawn = screen.querySelector<HTMLElement>(".xterm-screen")!;
    const observer = new ResizeObserver(() => {
      const { paddingLeft, paddingTop } = getComputedStyle(room);
      const width = room.clientWidth - 2 * parseFloat(paddingLeft);
      const height = room.clientHeight - 2 * parseFloat(paddingTop);
      screen.style.transform = `translate(-50%, -50%) scale(${Math.min(1, width / drawn.offsetWidth, height / drawn.offsetHeight)})`;
    });
    observer.observe(room);
    observer.observe(drawn);
  }

  reset(): void {
    this.terminal.reset();
  }

  begin(snapshot: Entry): void {
    // A snapshot begins with its size: CSI 8 ; rows ; columns t.
    const size = /^\u001b\[8;(\d+);(\d+)t/.exec(new TextDecoder().decode(snapshot.payload.subarray(0, 32)));
    if (size) {
      this.terminal.resize(Number(size[2]), Number(size[1]));
    }
    this.terminal.write(snapshot.payload);
  }

  apply(entry: Entry): void {
    if (entry.kind === RecordingKind.output) {
      this.terminal.write(entry.payload);
    } else if (entry.kind === RecordingKind.resize && entry.payload.length === 4) {
      const [a, b, c, d] = entry.payload as unknown as [number, number, number, number];
      this.terminal.resize(a + b * 256, c + d * 256);
    }
  }

  text(): string {
    const buffer = this.terminal.buffer.active;
    return Array.from({ length: buffer.length }, (_, i) => buffer.getLine(i)?.translateToString(true) ?? "").join("\n");
  }
}
