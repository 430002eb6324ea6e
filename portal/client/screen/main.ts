// A screen in the browser: noVNC at one end, the gateway's shadow of the panel at the other.
import RFB from "@novnc/novnc";
import { dial } from "../session/link";
import { type Use, endActions, events, find, mayTakeOver, over, page, post, prepare, sessionId, watching } from "../session/page";
import { keysymOf } from "./keys";
import { type Control, ScreenLink, colourChoices } from "./link";
import { typeInto } from "./text-entry";
import { Touch } from "./touch";

const storageKey = `session-${sessionId}`;
const screen = find("screen");
const area = find("screen-area");
const held = new Set<string>();
const touch = new Touch(area, find("pad-pointer"), () => screen.querySelector("canvas"));
let rfb: RFB | undefined;
let link: ScreenLink | undefined;
let gateway = "";
let control: Control = { held: false, askable: false, asked: false, maxAgeMilliseconds: 0, clipboard: "off" };
let age = 0;
let ageHeard = performance.now();

function mayType(): boolean {
  return !watching && control.held;
}

// What was held is let go of at the asset; what stays down here is no new press, neither a finger nor a key that repeats.
const pressed = new Set<string>();
window.addEventListener(
  "keydown",
  (event) => {
    if (!event.repeat) {
      pressed.add(event.code);
    } else if (!pressed.has(event.code) && area.contains(event.target as Node)) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
  },
  { capture: true },
);
window.addEventListener(
  "keyup",
  (event) => {
    pressed.delete(event.code);
  },
  { capture: true },
);

function letGo(): void {
  touch.cancel();
  pressed.clear();
  held.clear();
  showHeld();
}

function showHeld(): void {
  for (const modifier of ["Control", "Alt", "Shift"]) {
    page.querySelector(`[data-key="${modifier}"]`)!.setAttribute("aria-pressed", String(held.has(modifier)));
  }
}

function showControl(): void {
  page.dataset["control"] = watching ? "watching" : control.held ? "held" : control.asked ? "asked" : "none";
  if (rfb) {
    rfb.viewOnly = !mayType();
  }
  const words: Record<string, string> = {
    watching: "You watch",
    held: control.askable ? "You have control" : "",
    asked: "Asked for control…",
    none: "View only",
  };
  find("control-state").textContent = words[page.dataset["control"]] ?? "";
  (find("text-entry") as HTMLInputElement).disabled = !mayType();
  const button = find("ask-control");
  button.hidden = watching || !control.askable;
  button.textContent = control.held ? "Give control back" : control.asked ? "Stop asking" : "Ask for control";
  for (const name of ["paste"]) {
    page.querySelector<HTMLElement>(`[data-do="${name}"]`)!.hidden = watching || !["to-asset", "both"].includes(control.clipboard);
  }
}

function showAge(): void {
  // Silence of the gateway itself counts too.
  const silent = performance.now() - ageHeard;
  const now = age + (silent > 2_500 ? silent : 0);
  const stale = control.maxAgeMilliseconds > 0 && now > control.maxAgeMilliseconds && page.dataset["link"] === "open" && !watching;
  if (stale && page.dataset["stale"] !== "true") {
    letGo();
  }
  page.dataset["stale"] = String(stale);
  find("age").textContent = now < 1_000 ? "live" : `picture ${Math.round(now / 1000)} s old`;
  find("stale").hidden = !stale;
}

function address(gatewayUrl: string): string {
  return `${gatewayUrl.replace(/^http/, "ws")}/screen`;
}

function begin(gatewayUrl: string, ticket: string, use: Use): void {
  const begun = start(gatewayUrl);
  use === "watch-ticket" ? begun.watch(ticket) : begun.open(ticket, use === "take-over");
}

function start(gatewayUrl: string): ScreenLink {
  gateway = gatewayUrl;
  find("reduced").hidden = true;
  link = new ScreenLink(address(gatewayUrl), sessionId, {
    ...events,
    ended(end) {
      sessionStorage.removeItem(storageKey);
      letGo();
      events.ended(end);
    },
    dropped(since) {
      letGo();
      events.dropped(since);
    },
    control(state) {
      if (!state.held) {
        letGo();
      }
      control = state;
      showControl();
    },
    age(milliseconds) {
      [age, ageHeard] = [milliseconds, performance.now()];
      showAge();
    },
    reduced(reduced) {
      find("reduced").hidden = !reduced;
    },
    stream(channel) {
      const older = rfb;
      // The old picture stays until the new one is there.
      const target = document.createElement("div");
      target.className = "screen-canvas";
      screen.append(target);
      rfb = new RFB(target, channel, { shared: true });
      rfb.background = "transparent";
      rfb.scaleViewport = true;
      rfb.focusOnClick = true;
      rfb.addEventListener("connect", () => {
        while (screen.firstElementChild !== target) {
          screen.firstElementChild?.remove();
        }
        older?.disconnect();
        page.dataset["picture"] = "shown";
        showControl();
        rfb?.focus();
      });
      rfb.addEventListener("clipboard", (event) => {
        if (["from-asset", "both"].includes(control.clipboard)) {
          void navigator.clipboard.writeText((event as CustomEvent<{ text: string }>).detail.text);
        }
      });
      showControl();
    },
  });
  link.useColours(colours);
  return link;
}

// Modifiers stay down for the next key.
function press(key: string, focus = true): void {
  if (!rfb || !mayType()) {
    return;
  }
  if (["Control", "Alt", "Shift"].includes(key)) {
    const down = !held.has(key);
    rfb.sendKey(keysymOf(key), null, down);
    down ? held.add(key) : held.delete(key);
  } else {
    rfb.sendKey(keysymOf(key), null);
    held.forEach((modifier) => rfb?.sendKey(keysymOf(modifier), null, false));
    held.clear();
  }
  showHeld();
  if (focus) {
    rfb.focus();
  }
}

function toggle(id: string): void {
  find(id).hidden = !find(id).hidden;
}

const actions: Record<string, () => void> = {
  ...endActions(() => {
    link?.up ? link.end() : void post("end").then(() => over("You ended the session."));
  }),
  "ask-control": () => {
    control.held || control.asked ? link?.yieldControl() : link?.askControl();
  },
  "ctrl-alt-del": () => {
    if (mayType()) {
      rfb?.sendCtrlAltDel();
    }
  },
  keys: () => toggle("keys"),
  numpad: () => toggle("numpad"),
  touchpad: () => {
    touch.pad = !touch.pad;
    page.querySelector('[data-do="touchpad"]')!.setAttribute("aria-pressed", String(touch.pad));
    touch.showPointer();
  },
  fit: () => touch.reset(),
  paste: () => void navigator.clipboard.readText().then((text) => rfb?.clipboardPasteFrom(text)),
  screenshot: () =>
    rfb?.toBlob((blob) => {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(blob);
      link.download = `${document.querySelector("h1")!.firstChild!.textContent!.trim()} ${new Date().toISOString().slice(0, 19).replace(/[:T]/g, "-")}.png`;
      link.click();
      URL.revokeObjectURL(link.href);
    }, "image/png"),
};

typeInto(find("text-entry") as HTMLInputElement, (key) => press(key, false));

page.addEventListener("click", (event) => {
  const button = (event.target as Element).closest<HTMLElement>("[data-do], [data-key]");
  if (button?.dataset["do"]) {
    actions[button.dataset["do"]]?.();
  } else if (button) {
    // A key beside the field leaves the tablet's keyboard open.
    press(button.dataset["key"]!, !typing);
    if (typing) {
      find("text-entry").focus();
    }
  }
});

let typing = false;
page.addEventListener(
  "pointerdown",
  () => {
    typing = document.activeElement === find("text-entry");
  },
  { capture: true },
);

// What this person chose for this device, in every session.
const picture = find("picture-menu") as HTMLDetailsElement;
const colours = colourChoices.find((choice) => choice === localStorage.getItem("colours")) ?? "automatic";
picture.querySelector<HTMLInputElement>(`input[value="${colours}"]`)!.checked = true;
picture.addEventListener("change", (event) => {
  const choice = colourChoices.find((known) => known === (event.target as HTMLInputElement).value)!;
  localStorage.setItem("colours", choice);
  link?.useColours(choice);
  picture.open = false;
});
document.addEventListener(
  "pointerdown",
  (event) => {
    if (!picture.contains(event.target as Node)) {
      picture.open = false;
    }
  },
  { capture: true },
);

window.addEventListener("pagehide", () => {
  const token = watching ? "" : link?.token();
  if (token) {
    sessionStorage.setItem(storageKey, JSON.stringify({ gateway, token }));
  }
});

Object.assign(window, {
  sallyportScreen: {
    get rfb() {
      return rfb;
    },
    get age() {
      return age;
    },
  },
});
find("keys").hidden = watching || !matchMedia("(pointer: coarse)").matches;
setInterval(showAge, 500);
showControl();
mayTakeOver(begin);
const kept = watching ? null : sessionStorage.getItem(storageKey);
if (kept) {
  const { gateway: url, token } = JSON.parse(kept) as { gateway: string; token: string };
  start(url).resume(token);
} else {
  if (page.dataset["gateway"]) {
    dial(address(page.dataset["gateway"]));
  }
  void prepare(begin);
}
