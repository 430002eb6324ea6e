// A web session's page: once it is open, the tab goes to the session's own address at the gateway, where the bar and the HMI are.
import { type State, type Use, elsewhere, endActions, find, mayTakeOver, over, page, post, prepare } from "../session/page";

let webUrl: string | undefined;

function open(_: string, ticket: string, use: Use, state?: State): void {
  const url = state?.webUrl ?? webUrl;
  if (!url) {
    over("The gateway serves no web HMIs any more. Tell an admin.");
    return;
  }
  // Not kept in the history: the way back leads to the plants, and not to a ticket that is spent.
  location.replace(`${url}/?${use === "take-over" ? use : "ticket"}=${encodeURIComponent(ticket)}`);
}

// This browser may be the one that has it: its other window is not known here.
function offer(state: State): void {
  webUrl = state.webUrl;
  elsewhere();
  const link = find("resume") as HTMLAnchorElement;
  link.href = webUrl ?? "";
  link.hidden = !webUrl;
}

const actions = endActions(() => void post("end"));
page.addEventListener("click", (event) => actions[(event.target as Element).closest<HTMLElement>("[data-do]")?.dataset["do"] ?? ""]?.());
mayTakeOver(open);
void prepare(open, offer);
