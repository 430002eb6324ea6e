// A screen's link: the RFB stream for noVNC, and what the gateway says of control and of the picture's age.
import type { Channel } from "@novnc/novnc";
import { Common, Screen } from "../generated/messages";
import { type LinkEvents, SessionLink } from "../session/link";
import { json, message, read } from "../session/protocol";

const MAX_PART = 60 * 1024;

export interface Control {
  held: boolean;
  askable: boolean;
  asked: boolean;
  maxAgeMilliseconds: number;
  clipboard: "off" | "to-asset" | "from-asset" | "both";
}

export interface ScreenEvents extends LinkEvents {
  control(control: Control): void;
  age(milliseconds: number): void;
  /** Whether the picture has fewer colours than the asset's screen. */
  reduced(reduced: boolean): void;
  /** A fresh RFB stream begins: the picture comes whole. */
  stream(channel: Channel): void;
}

/** What noVNC takes for its WebSocket. */
class RfbChannel implements Channel {
  binaryType = "arraybuffer";
  onclose: Channel["onclose"] = null;
  onerror: Channel["onerror"] = null;
  onmessage: Channel["onmessage"] = null;
  onopen: Channel["onopen"] = null;
  protocol = "";
  readyState = "open";

  constructor(private readonly transmit: (bytes: Uint8Array) => void) {}

  send(bytes: Uint8Array | ArrayBuffer): void {
    this.transmit(new Uint8Array(bytes instanceof ArrayBuffer ? bytes : bytes.slice()));
  }

  close(): void {
    this.readyState = "closed";
    this.onclose?.(new CloseEvent("close", { code: 1000, wasClean: true }));
  }
}

/** How many colours the gateway sends: fewer while the link is slow, all, or fewer always. */
export const colourChoices = ["automatic", "full", "low"] as const;

export class ScreenLink extends SessionLink {
  private channel: RfbChannel | undefined;
  private colours: (typeof colourChoices)[number] = "automatic";

  constructor(
    url: string,
    sessionId: string,
    private readonly screen: ScreenEvents,
  ) {
    super(url, sessionId, screen);
  }

  /** @param takeOver it runs in another window. */
  open(ticket: string, takeOver = false): void {
    this.connect(() => json(takeOver ? Common.takeOver : Common.open, { ticket, cols: 0, rows: 0 }));
  }

  resume(resumeToken: string): void {
    this.resumeToken = resumeToken;
    this.connect(() => this.resumeMessage());
  }

  /** What a reloaded page comes back with. */
  token(): string {
    return this.over ? "" : this.resumeToken;
  }

  askControl(): void {
    this.write(message(Screen.askControl));
  }

  yieldControl(): void {
    this.write(message(Screen.yieldControl));
  }

  useColours(choice: (typeof colourChoices)[number]): void {
    this.colours = choice;
    this.write(message(Screen.colours, Uint8Array.of(colourChoices.indexOf(choice))));
  }

  protected resumeMessage(): Uint8Array<ArrayBuffer> {
    return json(Common.resume, { sessionId: this.sessionId, resumeToken: this.resumeToken, received: 0, cols: 0, rows: 0 });
  }

  protected taken(): void {
    const channel = new RfbChannel((bytes) => {
      for (let at = 0; at < bytes.length && channel === this.channel; at += MAX_PART) {
        this.write(message(Screen.rfb, bytes.subarray(at, at + MAX_PART)));
      }
    });
    this.channel = channel;
    if (this.colours !== "automatic") {
      this.useColours(this.colours);
    }
    this.screen.stream(channel);
  }

  protected receive(type: number, data: ArrayBuffer): void {
    switch (type) {
      case Screen.rfb:
        this.channel?.onmessage?.({ data: data.slice(1) });
        break;
      case Screen.control:
        this.screen.control(read<Control>(data));
        break;
      case Screen.age:
        this.screen.age(new DataView(data).getUint32(1, true));
        break;
      case Screen.reduced:
        this.screen.reduced(new Uint8Array(data)[1] === 1);
        break;
    }
  }
}
