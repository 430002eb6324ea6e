// <instant-input value="2026-01-31T12:00:00Z"> around an <input type="datetime-local">: the person reads and writes their own
// zone's time, the portal an instant. A change is the event "instantchange" with that instant, or null where none is given.
import { inputValue } from "./times";

declare const Blazor: {
  registerCustomEventType(name: string, options: { createEventArgs(event: CustomEvent<string | null>): unknown }): void;
};

// What the portal is handed of it: InstantChangeEventArgs.
Blazor.registerCustomEventType("instantchange", { createEventArgs: (event) => ({ at: event.detail }) });

class InstantInput extends HTMLElement {
  static readonly observedAttributes = ["value"];

  connectedCallback(): void {
    this.addEventListener("change", () => {
      const at = new Date(this.input?.value ?? "");
      this.dispatchEvent(new CustomEvent("instantchange", { bubbles: true, detail: Number.isNaN(at.getTime()) ? null : at.toISOString() }));
    });

    // What is in it comes after it.
    queueMicrotask(() => this.show());
  }

  attributeChangedCallback(): void {
    this.show();
  }

  private get input(): HTMLInputElement | null {
    return this.querySelector("input");
  }

  private show(): void {
    const at = new Date(this.getAttribute("value") ?? "");
    if (this.input) {
      this.input.value = Number.isNaN(at.getTime()) ? "" : inputValue(at);
    }
  }
}

customElements.define("instant-input", InstantInput);

// <time-zone>: whose time a field is in.
class TimeZone extends HTMLElement {
  connectedCallback(): void {
    const zone = new Intl.DateTimeFormat(undefined, { timeZoneName: "short" }).formatToParts().find((part) => part.type === "timeZoneName");
    this.attachShadow({ mode: "open" }).textContent = zone?.value ?? "";
    this.title = Intl.DateTimeFormat().resolvedOptions().timeZone;
  }
}

customElements.define("time-zone", TimeZone);
