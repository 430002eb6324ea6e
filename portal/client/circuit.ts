// The link between this page and the portal: how it begins, how soon its loss is noticed, and what is shown then.
interface SignalRBuilder {
  withServerTimeout(milliseconds: number): SignalRBuilder;
}
declare const Blazor: {
  start(options: { circuit: { configureSignalR(builder: SignalRBuilder): void } }): Promise<void>;
};

// The portal says something every two seconds (LayoutFeature.cs). A page that looks alive and is not misleads whoever decides by it.
const longestSilence = 7_000;

export function startCircuit(): void {
  void Blazor.start({ circuit: { configureSignalR: (builder) => void builder.withServerTimeout(longestSilence) } });
}

// The browser knows at once that its network is gone.
function showNetwork(): void {
  document.documentElement.toggleAttribute("data-offline", !navigator.onLine);
}
window.addEventListener("offline", showNetwork);
window.addEventListener("online", showNetwork);
showNetwork();

// A circuit that dropped cannot come back when its sign-in has ended meanwhile. The page is then loaded again, which leads to the sign-in.
const reconnect = document.querySelector("#components-reconnect-modal");
let asking: ReturnType<typeof setInterval> | undefined;

async function leaveWhenSignedOut(): Promise<void> {
  try {
    const answer = await fetch(location.href, { redirect: "manual", cache: "no-store" });
    if (answer.type === "opaqueredirect") {
      location.reload();
    }
  } catch {
    // The portal is away: the framework goes on trying, and so does this.
  }
}

if (reconnect) {
  new MutationObserver(() => {
    clearInterval(asking);
    if (/components-reconnect-(show|failed|rejected)/.test(reconnect.className)) {
      void leaveWhenSignedOut();
      asking = setInterval(() => void leaveWhenSignedOut(), 3_000);
    }
  }).observe(reconnect, { attributeFilter: ["class"] });
}
