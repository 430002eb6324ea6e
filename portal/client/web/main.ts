// A web session's page: once it is open, the tab goes to the session's own address at the gateway, where the bar and the HMI are.
import { countDown, find, over, page, post, prepare, say } from "../session/page";

const endsAt = new Date(page.dataset["endsAt"]!).getTime();

function open(ticket: string, webUrl: string | undefined): void {
  if (!webUrl) {
    over("The gateway serves no web HMIs any more. Tell an admin.");
    return;
  }
  say("Connecting…", "The gateway begins the recording and signs in at the asset.");
  // Not kept in the history: the way back leads to the plants, and not to a ticket that is spent.
  location.replace(`${webUrl}/?ticket=${encodeURIComponent(ticket)}`);
}

function offer(webUrl: string | undefined): void {
  say("The session is running", "Go on with it in the browser that opened it. Elsewhere it cannot be seen; cancel it here and connect again.");
  const link = find("resume") as HTMLAnchorElement;
  link.href = webUrl ?? "";
  link.hidden = !webUrl;
}

page.addEventListener("click", (event) => {
  if ((event.target as Element).closest('[data-do="cancel"]')) {
    void post("end").then(() => over("You cancelled the session."));
  }
});
countDown(() => endsAt);
void prepare(({ ticket }, { webUrl }) => open(ticket, webUrl), ({ webUrl }) => offer(webUrl), over);
