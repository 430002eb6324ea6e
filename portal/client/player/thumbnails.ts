// The picture of the moment that is pointed at, above the time line: cut from one sheet that the portal makes.
import { clock } from "./clock";

// As ThumbnailSheet.cs has them.
const COLUMNS = 10;
const ROWS = 6;

const strip = document.getElementById("strip")!;
const seekBar = document.getElementById("seek") as HTMLInputElement;

export class Thumbnails {
  private readonly box = document.getElementById("peek")!;
  private readonly picture = this.box.querySelector("i")!;
  private readonly time = this.box.querySelector("span")!;

  constructor(
    private readonly recording: string,
    private readonly duration: number,
  ) {
    strip.addEventListener("pointermove", (event) => this.point(event.clientX));
    strip.addEventListener("pointerdown", (event) => this.point(event.clientX));
    for (const done of ["pointerleave", "pointercancel"]) {
      strip.addEventListener(done, () => this.hide());
    }
    strip.addEventListener("pointerup", (event) => {
      if (event.pointerType !== "mouse") {
        this.hide();
      }
    });
    // Who uses the keys sees where they are.
    seekBar.addEventListener("focus", () => {
      if (seekBar.matches(":focus-visible")) {
        this.show(Number(seekBar.value));
      }
    });
    seekBar.addEventListener("input", () => this.show(Number(seekBar.value)));
    seekBar.addEventListener("keyup", () => this.show(Number(seekBar.value)));
    seekBar.addEventListener("blur", () => this.hide());
  }

  /** Until the sheet is there, only the time is shown. */
  async load(): Promise<void> {
    const sheet = new Image();
    sheet.src = `/recordings/${this.recording}/thumbnails`;
    try {
      await sheet.decode();
    } catch {
      return;
    }
    this.picture.style.backgroundImage = `url("${sheet.src}")`;
    this.picture.style.backgroundSize = `${sheet.naturalWidth}px ${sheet.naturalHeight}px`;
    this.picture.style.width = `${sheet.naturalWidth / COLUMNS}px`;
    this.picture.style.height = `${sheet.naturalHeight / ROWS}px`;
    strip.dataset["thumbnails"] = "shown";
  }

  private point(x: number): void {
    const { left, width } = seekBar.getBoundingClientRect();
    const part = (x - left - THUMB / 2) / (width - THUMB);
    this.show(Math.min(1, Math.max(0, part)) * this.duration);
  }

  private show(moment: number): void {
    const part = this.duration > 0 ? moment / this.duration : 0;
    const index = Math.min(COLUMNS * ROWS - 1, Math.floor(part * COLUMNS * ROWS));
    const [width, height] = [parseFloat(this.picture.style.width) || 0, parseFloat(this.picture.style.height) || 0];
    this.picture.style.backgroundPosition = `-${(index % COLUMNS) * width}px -${Math.floor(index / COLUMNS) * height}px`;
    this.time.textContent = clock(moment);
    this.box.hidden = false;
    const place = seekBar.offsetLeft + THUMB / 2 + part * (seekBar.offsetWidth - THUMB);
    const half = this.box.offsetWidth / 2;
    this.box.style.left = `${Math.min(Math.max(place, half + 4), strip.clientWidth - half - 4)}px`;
  }

  private hide(): void {
    this.box.hidden = true;
  }
}

/** Of the range's handle, in px: its middle is at neither end of the bar. */
const THUMB = 16;
