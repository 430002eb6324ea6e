// Fingers on a screen that was made for a mouse or for fingers on the panel itself. One finger works the panel: it presses where it
// is put and lets go when it is lifted, so a jog button is held as long as the finger is. As a touchpad it moves the pointer, a tap
// clicks and a tap that stays holds. Two fingers zoom and move the picture, and never touch the asset.
const TAP = 250;
const SLOP = 8;

// The first of two fingers comes a moment earlier: until then nothing is pressed, for it may lie on a button.
const SETTLE = 90;

// A tap must last for panels that look only now and then.
const SHORTEST_PRESS = 80;

export class Touch {
  /** Move the pointer as on a touchpad instead of pressing where the finger is. */
  pad = false;
  private settling: number | undefined;
  private letting: number | undefined;
  private pressedAt = 0;
  private cancelled = false;
  private scale = 1;
  private x = 0;
  private y = 0;
  private pointer = { x: 0.5, y: 0.5 };
  private fingers = new Map<number, { x: number; y: number }>();
  private pressed = false;
  private start = { x: 0, y: 0, at: 0, moved: false };
  private lastTap = 0;
  private pinch: { distance: number; scale: number; x: number; y: number; middle: { x: number; y: number } } | undefined;

  constructor(
    private readonly area: HTMLElement,
    private readonly dot: HTMLElement,
    private readonly canvas: () => HTMLCanvasElement | null,
  ) {
    for (const name of ["pointerdown", "pointermove", "pointerup", "pointercancel"] as const) {
      area.addEventListener(
        name,
        (event) => {
          this.area.dataset["touch"] = String(event.pointerType === "touch");
          cover()?.style.setProperty("pointer-events", "");
          if (event.pointerType === "touch") {
            event.preventDefault();
            event.stopPropagation();
            this.handle(name, event);
          }
        },
        { capture: true },
      );
    }
    // noVNC's own gestures would press a second time.
    for (const name of ["touchstart", "touchmove", "touchend", "touchcancel"]) {
      area.addEventListener(
        name,
        (event) => {
          event.preventDefault();
          event.stopPropagation();
        },
        { capture: true, passive: false },
      );
    }
  }

  reset(): void {
    [this.scale, this.x, this.y] = [1, 0, 0];
    this.place();
  }

  /** Lets go at once; fingers that stay count again when they have been lifted. */
  cancel(): void {
    clearTimeout(this.settling);
    this.settling = undefined;
    this.letGo();
    this.cancelled = this.fingers.size > 0;
  }

  /** Shows where the touchpad's pointer is. */
  showPointer(): void {
    const rect = this.canvas()?.getBoundingClientRect();
    const area = this.area.getBoundingClientRect();
    this.dot.hidden = !this.pad || !rect;
    if (rect) {
      this.dot.style.translate = `${rect.left - area.left + this.pointer.x * rect.width}px ${rect.top - area.top + this.pointer.y * rect.height}px`;
    }
  }

  private handle(name: string, event: PointerEvent): void {
    if (name === "pointerdown") {
      this.fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
      if (this.fingers.size === 1) {
        this.down(event);
      } else if (this.fingers.size === 2) {
        clearTimeout(this.settling);
        this.settling = undefined;
        this.letGo();
        this.beginPinch();
      }
      return;
    }
    const finger = this.fingers.get(event.pointerId);
    if (!finger) {
      return;
    }
    if (name === "pointermove") {
      const [dx, dy] = [event.clientX - finger.x, event.clientY - finger.y];
      [finger.x, finger.y] = [event.clientX, event.clientY];
      if (this.fingers.size === 2) {
        this.movePinch();
      } else if (!this.pinch && !this.cancelled) {
        this.move(event, dx, dy);
      }
      return;
    }
    this.fingers.delete(event.pointerId);
    if (name === "pointercancel") {
      // Taken away by the browser, for a gesture of its own or a palm: nobody meant to press.
      this.cancel();
    }
    if (this.fingers.size === 0) {
      if (name === "pointerup" && !this.pinch && !this.cancelled) {
        this.up(event);
      }
      this.pinch = undefined;
      this.cancelled = false;
    }
  }

  private down(event: PointerEvent): void {
    this.start = { x: event.clientX, y: event.clientY, at: event.timeStamp, moved: false };
    if (!this.pad) {
      this.pointAt(event.clientX, event.clientY);
      this.settle();
    } else if (event.timeStamp - this.lastTap < TAP) {
      // A tap, and a finger that stays: held.
      this.settle();
    }
  }

  private settle(): void {
    clearTimeout(this.settling);
    this.settling = setTimeout(() => this.pressNow(), SETTLE);
  }

  private pressNow(): void {
    if (this.settling !== undefined) {
      clearTimeout(this.settling);
      this.settling = undefined;
      this.press();
    }
  }

  private move(event: PointerEvent, dx: number, dy: number): void {
    this.start.moved ||= Math.hypot(event.clientX - this.start.x, event.clientY - this.start.y) > SLOP;
    if (this.settling !== undefined) {
      if (!this.start.moved) {
        return;
      }
      // One finger that is drawn over the picture: it began where it was put.
      this.pressNow();
    }
    if (this.pad) {
      const rect = this.canvas()?.getBoundingClientRect();
      if (rect) {
        this.pointer = { x: clamp(this.pointer.x + dx / rect.width), y: clamp(this.pointer.y + dy / rect.height) };
      }
    } else {
      this.pointAt(event.clientX, event.clientY);
    }
    this.send("mousemove");
    this.showPointer();
  }

  private up(event: PointerEvent): void {
    this.pressNow();
    if (!this.pad) {
      this.pointAt(event.clientX, event.clientY);
    } else if (!this.start.moved && event.timeStamp - this.start.at < TAP) {
      if (!this.pressed) {
        this.press();
      }
      this.lastTap = event.timeStamp;
    }
    this.release();
  }

  private press(): void {
    this.letGo();
    [this.pressed, this.pressedAt] = [true, performance.now()];
    this.send("mousemove");
    this.send("mousedown");
  }

  private release(): void {
    const early = SHORTEST_PRESS - (performance.now() - this.pressedAt);
    if (this.pressed && early > 0) {
      this.letting = setTimeout(() => this.letGo(), early);
    } else {
      this.letGo();
    }
  }

  private letGo(): void {
    clearTimeout(this.letting);
    if (this.pressed) {
      this.pressed = false;
      this.send("mouseup");
    }
  }

  private beginPinch(): void {
    const [a, b] = [...this.fingers.values()] as [{ x: number; y: number }, { x: number; y: number }];
    this.pinch = { distance: Math.hypot(a.x - b.x, a.y - b.y), scale: this.scale, x: this.x, y: this.y, middle: { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 } };
  }

  private movePinch(): void {
    const [a, b] = [...this.fingers.values()] as [{ x: number; y: number }, { x: number; y: number }];
    const pinch = this.pinch!;
    const area = this.area.getBoundingClientRect();
    const middle = { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
    this.scale = Math.min(5, Math.max(1, (pinch.scale * Math.hypot(a.x - b.x, a.y - b.y)) / Math.max(pinch.distance, 1)));
    // The place under the fingers stays under them.
    const ratio = this.scale / pinch.scale;
    this.x = middle.x - area.left - (pinch.middle.x - area.left - pinch.x) * ratio;
    this.y = middle.y - area.top - (pinch.middle.y - area.top - pinch.y) * ratio;
    this.place();
  }

  private place(): void {
    const screen = this.area.firstElementChild as HTMLElement | null;
    const area = this.area.getBoundingClientRect();
    this.x = Math.min(0, Math.max(area.width * (1 - this.scale), this.x));
    this.y = Math.min(0, Math.max(area.height * (1 - this.scale), this.y));
    if (screen) {
      screen.style.transformOrigin = "0 0";
      screen.style.transform = this.scale === 1 ? "" : `translate(${this.x}px, ${this.y}px) scale(${this.scale})`;
    }
    this.showPointer();
  }

  private pointAt(clientX: number, clientY: number): void {
    const rect = this.canvas()?.getBoundingClientRect();
    if (rect) {
      this.pointer = { x: clamp((clientX - rect.left) / rect.width), y: clamp((clientY - rect.top) / rect.height) };
    }
  }

  // noVNC reckons without the zoom: it is told where the pointer were if there was none.
  private send(type: string): void {
    const canvas = this.canvas();
    if (canvas) {
      const rect = canvas.getBoundingClientRect();
      // noVNC uncovers the page for an event that comes to its cover.
      const covering = cover();
      const target = type === "mouseup" && covering && covering.style.display !== "none" ? covering : canvas;
      target.dispatchEvent(
        new MouseEvent(type, {
          bubbles: true,
          cancelable: true,
          button: 0,
          buttons: this.pressed ? 1 : 0,
          clientX: rect.left + (this.pointer.x * rect.width) / this.scale,
          clientY: rect.top + (this.pointer.y * rect.height) / this.scale,
        }),
      );
      // The next finger must come here, not there.
      cover()?.style.setProperty("pointer-events", "none");
    }
  }
}

/** What noVNC lays over the whole page while a button is down, for a mouse that leaves the picture. */
function cover(): HTMLElement | null {
  return document.getElementById("noVNC_mouse_capture_elem");
}

function clamp(part: number): number {
  return Math.min(1, Math.max(0, part));
}
