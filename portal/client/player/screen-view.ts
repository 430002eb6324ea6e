// A recorded screen: keyframes and updates, painted on a canvas (docs/recording-format.md).
import { RecordingKind } from "../generated/messages";
import type { Entry } from "./recording";
import type { View } from "./view";

const PICTURE = 1;
const BEGINS = 1;
const HEAD = 10;
const RECTANGLE = 8;

export class ScreenView implements View {
  private readonly canvas = document.createElement("canvas");
  private readonly pointer = document.createElement("i");
  private readonly context: CanvasRenderingContext2D;
  private painting: Promise<void> = Promise.resolve();
  private generation = 0;

  constructor(private readonly screen: HTMLElement) {
    this.canvas.className = "screen-replay";
    this.pointer.className = "replay-pointer";
    this.pointer.hidden = true;
    screen.classList.add("screen-holder");
    screen.append(this.canvas, this.pointer);
    this.context = this.canvas.getContext("2d", { alpha: false })!;
  }

  reset(): void {
    this.generation++;
    this.pointer.hidden = true;
  }

  begin(snapshot: Entry): void {
    this.paint(snapshot.payload);
  }

  apply(entry: Entry): void {
    if (entry.kind === RecordingKind.screen || entry.kind === RecordingKind.snapshot) {
      this.paint(entry.payload);
    } else if (entry.kind === RecordingKind.input && entry.payload[0] === 2) {
      this.point(entry.payload);
    }
  }

  text(): string {
    return "";
  }

  /** Resolves when all that was applied is painted. */
  settled(): Promise<void> {
    return this.painting;
  }

  private point(payload: Uint8Array): void {
    const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
    this.pointer.hidden = false;
    this.pointer.classList.toggle("down", payload[1] !== 0);
    this.pointer.style.left = `${(view.getUint16(2, true) / this.canvas.width) * 100}%`;
    this.pointer.style.top = `${(view.getUint16(4, true) / this.canvas.height) * 100}%`;
  }

  // Inflating takes its time; what is painted stays in order, and what was left behind by a jump is not painted at all.
  private paint(payload: Uint8Array<ArrayBuffer>): void {
    const generation = this.generation;
    if (payload[0] !== PICTURE) {
      return;
    }
    const pixels = inflate(payload.subarray(start(payload)));
    this.painting = this.painting
      .then(async () => {
        const inflated = await pixels;
        if (generation === this.generation) {
          this.draw(payload, inflated);
        }
      })
      .catch(() => undefined);
  }

  private draw(payload: Uint8Array<ArrayBuffer>, pixels: Uint8Array): void {
    const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
    const [width, height, count, colours] = [view.getUint16(2, true), view.getUint16(4, true), view.getUint16(6, true), payload[8] ? payload[9]! + 1 : 0];
    if (payload[1]! & BEGINS && (this.canvas.width !== width || this.canvas.height !== height)) {
      [this.canvas.width, this.canvas.height] = [width, height];
      // As wide as the player's height allows: the pointer's place is a part of this box, so no margin may be in it.
      this.screen.style.aspectRatio = `${width} / ${height}`;
      this.screen.style.width = `min(100cqw, calc(100cqh * ${width / height}))`;
    }
    const palette = payload.subarray(HEAD + count * RECTANGLE, HEAD + count * RECTANGLE + colours * 3);
    let at = 0;
    for (let i = 0; i < count; i++) {
      const head = HEAD + i * RECTANGLE;
      const [x, y, w, h] = [view.getUint16(head, true), view.getUint16(head + 2, true), view.getUint16(head + 4, true), view.getUint16(head + 6, true)];
      const image = this.context.createImageData(w, h);
      const target = image.data;
      for (let p = 0; p < w * h; p++) {
        const from = colours ? pixels[at++]! * 3 : at;
        const source = colours ? palette : pixels;
        target[p * 4] = source[from]!;
        target[p * 4 + 1] = source[from + 1]!;
        target[p * 4 + 2] = source[from + 2]!;
        target[p * 4 + 3] = 255;
        at += colours ? 0 : 3;
      }
      this.context.putImageData(image, x, y);
    }
  }
}

function start(payload: Uint8Array): number {
  const count = payload[6]! + payload[7]! * 256;
  return HEAD + count * RECTANGLE + (payload[8] ? (payload[9]! + 1) * 3 : 0);
}

async function inflate(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  return new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"))).arrayBuffer());
}
