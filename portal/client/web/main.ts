// A web session's page: once it is open, the tab goes to the session's own address at the gateway, where the bar and the HMI are.
import { endActions, find, over, page, post, prepare, say } from "../session/page";

function open(ticket: string, webUrl: string | undefined): void {
  if (!webUrl) {
    over("The gateway serves no web HMIs any more. Tell an admin.");
    return;
  }
  // Not kept in the history: the way back leads to the plants, and not to a ticket that is spent.
  location.replace(`${webUrl}/?ticket=${encodeURIComponent(ticket)}`);
}

function offer(webUrl: string | undefined): void {
  say("The session is running", "Go on with it in the browser that opened it. Elsewhere it cannot be seen; cancel it here and connect again.");
  const link = find("resume") as HTMLAnchorElement;
  link.href = webUrl ?? "";
  link.hidden = !webUrl;
}

const actions = endActions(() => void post("end"));
page.addEventListener("click", (event) => actions[(event.target as Element).closest<HTMLElement>("[data-do]")?.dataset["do"] ?? ""]?.());
void prepare((_, ticket, state) => open(ticket, state?.webUrl), ({ webUrl }) => offer(webUrl));
