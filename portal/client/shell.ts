// What every page needs: times in the viewer's zone.
class LocalTime extends HTMLElement {
  static readonly observedAttributes = ["datetime", "data-form"];

  connectedCallback(): void {
    this.render();
  }

  attributeChangedCallback(): void {
    this.render();
  }

  private render(): void {
    const at = new Date(this.getAttribute("datetime") ?? "");
    if (Number.isNaN(at.getTime())) {
      return;
    }
    this.textContent = this.dataset["form"] === "relative" ? relative(at) : absolute(at);
    this.title = `${at.toISOString().replace("T", " ").slice(0, 19)} UTC`;
  }
}

const sameDay = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const anyDay = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short", hourCycle: "h23" });
const ago = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });

function absolute(at: Date): string {
  return at.toDateString() === new Date().toDateString() ? `today ${sameDay.format(at)}` : anyDay.format(at);
}

function relative(at: Date): string {
  const seconds = Math.round((at.getTime() - Date.now()) / 1000);
  const steps: [Intl.RelativeTimeFormatUnit, number][] = [["day", 86400], ["hour", 3600], ["minute", 60]];
  for (const [unit, length] of steps) {
    if (Math.abs(seconds) >= length) {
      return ago.format(Math.trunc(seconds / length), unit);
    }
  }
  return ago.format(seconds, "second");
}

customElements.define("local-time", LocalTime);
