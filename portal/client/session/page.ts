// What every session's page does: waits until the session may begin, gets a ticket, and shows how it is going.
import { ask, closeQuestions } from "../dialog";
import { timeLeft } from "../times";
import type { LinkEvents } from "./link";

export const page = document.querySelector<HTMLElement>("#session")!;
export const sessionId = page.dataset["session"]!;

/** The page of somebody who looks at the session of another. */
export const watching = page.dataset["watching"] === "true";

const OPENING = "The gateway begins the recording and signs in at the asset.";

let endsAt = new Date(page.dataset["endsAt"]!).getTime();
let clockOffset = 0;
let bannerTimer: ReturnType<typeof setTimeout> | undefined;
let stopped = false;

export function find(id: string): HTMLElement {
  return document.getElementById(id)!;
}

export function post(what: string): Promise<Response> {
  return fetch(`/sessions/${sessionId}/${what}`, { method: "POST", headers: { RequestVerificationToken: page.dataset["antiforgery"]! } });
}

export function say(title: string, text: string, over = false): void {
  find("overlay").hidden = false;
  find("overlay-title").textContent = title;
  find("overlay-text").textContent = text;
  page.querySelector<HTMLElement>('[data-do="cancel"]')!.hidden = over || watching;
  find("take-over").hidden = true;
}

export function show(state: string): void {
  page.dataset["link"] = state;
}

export function over(message: string): void {
  show("ended");
  rest();
  say("The session has ended", message, true);
}

// Nothing on the bar does anything any more, and what can be done stands under the next key.
function rest(): void {
  stopped = true;
  closeQuestions();
  find("link-state").textContent = "";
  find("banner").hidden = true;
  page
    .querySelectorAll<HTMLButtonElement | HTMLInputElement>(".session-bar button, .session-bar input, .keys button, .keys input, .numpad button")
    .forEach((button) => {
      button.disabled = true;
    });
  setTimeout(() => page.querySelector<HTMLElement>(".session-overlay a:not([hidden])")?.focus());
}

/** The page cannot go on; the session may. */
export function fail(title: string, text: string): void {
  show("failed");
  say(title, text, true);
}

/** What the portal says of a session; `webUrl` is the address of a web session. */
export interface State {
  state: string;
  message?: string;
  webUrl?: string;
}

/** What a ticket is for: the session's beginning, a look at somebody's, or one's own that runs in another window. */
export type Use = "ticket" | "watch-ticket" | "take-over";

type Begin = (gatewayUrl: string, ticket: string, use: Use, state?: State) => void;

let takeOver = (): void => {};

async function ticket(use: Use, begin: Begin, state?: State): Promise<void> {
  const answer = await post(use);
  const body = (await answer.json().catch(() => ({}))) as { ticket?: string; gatewayUrl?: string; detail?: string };
  if (answer.ok && body.ticket && body.gatewayUrl) {
    begin(body.gatewayUrl, body.ticket, use, state);
  } else {
    over(body.detail ?? "No ticket was given. Load this page again.");
  }
}

/** How this page takes the session over when it runs elsewhere. */
export function mayTakeOver(begin: Begin): void {
  takeOver = () => {
    say("Taking over…", "The session goes on here.");
    void ticket("take-over", begin);
  };
}

/** Nothing is lost by the way back: the session goes on, and so does its recording. */
export function elsewhere(): void {
  show("elsewhere");
  closeQuestions();
  find("link-state").textContent = "";
  say(
    "Open in another window",
    "This session runs in another window or browser of yours. Resume there, or take it over: it goes on here as it is, and the other window lets go of it.",
  );
  find("take-over").hidden = false;
  page.querySelector<HTMLElement>('[data-do="cancel"]')!.hidden = true;
  setTimeout(() => find("take-over").focus());
}

/**
 * Waits for the plant and the path, then hands over the ticket.
 * @param running it runs already, in another window or another browser.
 */
export async function prepare(begin: Begin, running: (state: State) => void = elsewhere): Promise<void> {
  if (watching) {
    say("Connecting…", "The session's user is told that you watch.");
    return ticket("watch-ticket", begin);
  }
  const waits: Record<string, string> = {
    releasing: "Waiting for somebody at the plant to release this session.\nThey see who you are, what you want to do and for how long.",
    opening: "Opening the path to the asset…",
  };
  // The page came with the state that it was made in; only a web session has more to ask.
  if (page.dataset["state"] === "ready" && page.dataset["kind"] !== "web") {
    say("Connecting…", OPENING);
    return ticket("ticket", begin);
  }
  while (page.dataset["link"] !== "failed") {
    const response = await fetch(`/sessions/${sessionId}/state`).catch(() => undefined);
    const state = response?.ok ? ((await response.json()) as State) : undefined;
    if (response?.status === 404) {
      return over("This session does not exist.");
    }
    if (state?.state === "ended") {
      return over(state.message ?? "The session is over.");
    }
    if (state?.state === "ready") {
      say("Connecting…", OPENING);
      return ticket("ticket", begin, state);
    }
    if (state?.state === "active") {
      return running(state);
    }
    say(state?.state === "releasing" ? "Waiting for the plant" : "Opening the session…", waits[state?.state ?? "opening"] ?? "");
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

/** The page's share of what happens to a link. */
export const events: LinkEvents = {
  opened(session) {
    endsAt = new Date(session.endsAt).getTime();
    clockOffset = new Date(session.now).getTime() - Date.now();
    find("overlay").hidden = true;
    find("link-state").textContent = "";
    find("weak").hidden = !session.weak?.length;
    find("weak").title = `Between the gateway and the asset: ${session.weak?.join(", ")}. An admin allowed it, as the asset has nothing better.`;
    show("open");
  },
  notice(notice) {
    if (notice.endsAt) {
      endsAt = new Date(notice.endsAt).getTime();
    }
    if (notice.kind === "watchers") {
      find("watchers").textContent = notice.message;
      find("watchers").hidden = !notice.message;
      return;
    }
    find("banner").textContent = notice.message;
    find("banner").hidden = !notice.message;
    clearTimeout(bannerTimer);
    if (notice.kind !== "idle") {
      bannerTimer = setTimeout(() => {
        find("banner").hidden = true;
      }, 20_000);
    }
  },
  dropped(since) {
    show("dropped");
    find("link-state").textContent = `Link dropped ${Math.round((performance.now() - since) / 1000)} s ago, trying again…`;
  },
  ended: (end) => (end.reason === "taken_over" ? elsewhere() : over(end.message)),
};

/** Ends the session, or stops looking at it and ends it for its user. */
export function endActions(end: () => void): Record<string, () => void> {
  return {
    end: () => void (watching ? stop() : confirmEnd(end)),
    "take-over": () => takeOver(),
    cancel: () => void post("end").then(() => over("You cancelled the session.")),
    more: () => {
      const open = page.querySelector(".session-tools")!.classList.toggle("open");
      page.querySelector('[data-do="more"]')!.setAttribute("aria-expanded", String(open));
    },
  };
}

async function confirmEnd(end: () => void): Promise<void> {
  if (
    (await ask({
      title: "End this session?",
      text: "What runs at the asset in this session is cut off. To go on you connect again.",
      confirm: "End",
      danger: true,
    })) !== undefined
  ) {
    end();
  }
}

async function stop(): Promise<void> {
  const reason = await ask({ title: "End this session?", ask: "Why? Its user reads it.", confirm: "End", danger: true });
  if (reason !== undefined) {
    void fetch(`/sessions/${sessionId}/stop`, {
      method: "POST",
      body: new URLSearchParams({ reason }),
      headers: { RequestVerificationToken: page.dataset["antiforgery"]! },
    });
  }
}

function tick(): void {
  if (stopped) {
    return;
  }
  const left = Math.max(0, Math.round((endsAt - Date.now() - clockOffset) / 1000));
  find("time-left").textContent = timeLeft(left);
  find("time-left").parentElement!.classList.toggle("short", left < 300);
}

setInterval(tick, 500);
tick();
