// What every session's page does before its asset shows: it waits for the plant's release and for the path, gets the ticket, and says how it is going.

/** `webUrl` is the address of a web session. */
export interface State { state: string; message?: string; webUrl?: string }
export interface Ticket { ticket: string; gatewayUrl: string }

export const page = document.querySelector<HTMLElement>("#session")!;
export const sessionId = page.dataset["session"]!;
export const find = (id: string): HTMLElement => document.getElementById(id)!;

export function post(what: string): Promise<Response> {
  return fetch(`/sessions/${sessionId}/${what}`, { method: "POST", headers: { RequestVerificationToken: page.dataset["antiforgery"]! } });
}

/** waiting, open, dropped, ended: for styles and tests. */
export function show(state: string): void {
  page.dataset["link"] = state;
}

export function say(title: string, text: string, over = false): void {
  find("overlay").hidden = false;
  find("overlay-title").textContent = title;
  find("overlay-text").textContent = text;
  page.querySelector<HTMLElement>('[data-do="cancel"]')!.hidden = over;
}

export function over(message: string): void {
  show("ended");
  find("link-state").textContent = "";
  find("banner").hidden = true;
  say("The session has ended", message, true);
}

/** Counts down in the bar to a moment that may move. */
export function countDown(endsAt: () => number): void {
  const pad = (n: number): string => String(n).padStart(2, "0");
  const tick = (): void => {
    const left = Math.max(0, Math.round((endsAt() - Date.now()) / 1000));
    find("time-left").textContent = left >= 3600 ? `${Math.floor(left / 3600)} h ${pad(Math.floor(left / 60) % 60)} min` : `${pad(Math.floor(left / 60))}:${pad(left % 60)}`;
    find("time-left").parentElement!.classList.toggle("short", left < 300);
  };
  setInterval(tick, 500);
  tick();
}

const waits: Record<string, string> = {
  releasing: "Waiting for somebody at the plant to release this session.\nThey see who you are, what you want to do and for how long.",
  opening: "Opening the path to the asset…",
};

/**
 * @param open the session is ready, and this is its ticket.
 * @param running it runs already, in another window or another browser.
 * @param ended it is over, or cannot begin.
 */
export async function prepare(open: (ticket: Ticket, state: State) => void, running: (state: State) => void, ended: (message: string) => void): Promise<void> {
  for (;;) {
    const response = await fetch(`/sessions/${sessionId}/state`).catch(() => undefined);
    const state = response?.ok ? (await response.json()) as State : undefined;
    if (response?.status === 404) {
      ended("This session does not exist.");
      return;
    }
    if (state?.state === "ended") {
      ended(state.message ?? "The session is over.");
      return;
    }
    if (state?.state === "ready") {
      const answer = await post("ticket");
      const body = await answer.json().catch(() => ({})) as Partial<Ticket> & { message?: string };
      if (answer.ok && body.ticket && body.gatewayUrl) {
        open({ ticket: body.ticket, gatewayUrl: body.gatewayUrl }, state);
      } else {
        ended(body.message ?? "No ticket was given. Load this page again.");
      }
      return;
    }
    if (state?.state === "active") {
      running(state);
      return;
    }
    say(state?.state === "releasing" ? "Waiting for the plant" : "Opening the session…", waits[state?.state ?? "opening"] ?? "");
    await new Promise((resolve) => setTimeout(resolve, 700));
  }
}
