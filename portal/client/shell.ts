// What every page needs: times in the viewer's zone, a title, and its link to the portal.
import { startCircuit } from "./circuit";
import "./instant-input";
import { absolute, relative } from "./times";

const relativeTimes = new Set<LocalTime>();

class LocalTime extends HTMLElement {
  static readonly observedAttributes = ["datetime", "data-form"];

  // In a shadow root: the text that the server rendered stays the server's, so that its updates fit.
  private readonly shown = this.attachShadow({ mode: "open" });

  connectedCallback(): void {
    this.render();
    relativeTimes.add(this);
  }

  disconnectedCallback(): void {
    relativeTimes.delete(this);
  }

  attributeChangedCallback(): void {
    this.render();
  }

  render(): void {
    const at = new Date(this.getAttribute("datetime") ?? "");
    if (Number.isNaN(at.getTime())) {
      return;
    }
    this.shown.textContent = this.dataset["form"] === "relative" ? relative(at) : absolute(at);
    this.title = `${at.toISOString().replace("T", " ").slice(0, 19)} UTC`;
  }
}

customElements.define("local-time", LocalTime);

// "2 minutes ago" is true for a minute: it goes on by itself, whether or not the portal has anything new to say.
setInterval(() => relativeTimes.forEach((time) => time.render()), 1_000);

// <modal-dialog> around a <dialog>: opened as soon as it is on the page, and the focus goes back to where it was.
class ModalDialog extends HTMLElement {
  private opener: HTMLElement | null = null;

  connectedCallback(): void {
    this.opener = document.activeElement as HTMLElement | null;

    // What is in it comes after it.
    queueMicrotask(() => this.querySelector("dialog")?.showModal());
  }

  disconnectedCallback(): void {
    this.opener?.focus();
  }
}

customElements.define("modal-dialog", ModalDialog);

// Pages with a circuit are not prerendered, so the framework's own title would come from nowhere.
class PageTitle extends HTMLElement {
  static readonly observedAttributes = ["text"];

  attributeChangedCallback(): void {
    document.title = this.getAttribute("text") ?? "Sallyport";
  }
}

customElements.define("page-title", PageTitle);

// "/" goes to the page's search field, as on most tools of this kind.
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) {
    return;
  }
  const target = event.target as HTMLElement;
  if (target.closest("input, textarea, select, [contenteditable], .xterm")) {
    return;
  }
  const search = document.querySelector<HTMLInputElement>("input[type=search]");
  if (search) {
    event.preventDefault();
    search.focus();
  }
});

// <button data-copy="#id"> copies that element's text and says so.
document.addEventListener("click", (event) => {
  const button = (event.target as Element).closest<HTMLElement>("[data-copy]");
  const source = button && document.querySelector<HTMLElement>(button.dataset["copy"] ?? "");
  if (!button || !source) {
    return;
  }
  void navigator.clipboard.writeText(source.textContent ?? "").then(() => {
    const before = button.innerHTML;
    button.textContent = "Copied";
    setTimeout(() => {
      button.innerHTML = before;
    }, 1500);
  });
});

// Last, as what the portal renders uses the elements above.
startCircuit();
