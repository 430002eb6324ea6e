// A video of the recording: asked for here, made by the portal, and its progress shown wherever the page is opened meanwhile.
import { clock } from "./clock";

type Stage = "waiting" | "checking" | "making" | "done" | "failed" | "cancelled";
interface Video {
  stage: Stage;
  skipIdle: boolean;
  percent: number;
  secondsLeft?: number;
  ahead: number;
  bytes: number;
  by: string;
  message?: string;
  deletedAt?: string;
}

const ASK_EVERY = 1_000;

const $ = <T extends HTMLElement>(name: string): T => document.getElementById(name) as T;

function words(video: Video): string {
  switch (video.stage) {
    case "waiting":
      return video.ahead ? `Waiting for ${video.ahead} other video${video.ahead > 1 ? "s" : ""}…` : "Waiting…";
    case "checking":
      return "Checking that the recording is unaltered…";
    default:
      return `${Math.floor(video.percent)} %${video.secondsLeft === undefined ? "" : `, ${clock(video.secondsLeft * 1000)} left`}`;
  }
}

export class VideoExport {
  private readonly section = $("export");
  private readonly address = `/recordings/${this.section.dataset["recording"]}/video`;
  private asking: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    $("video-form").onsubmit = (event) => {
      event.preventDefault();
      void this.post(`${this.address}?skipIdle=${new FormData($<HTMLFormElement>("video-form")).has("skipIdle")}`);
    };
    $("video-cancel").onclick = () => void this.post(`${this.address}/cancel`);
    $("video-again").onclick = () => this.show(undefined);
    void this.ask();
  }

  private async ask(): Promise<void> {
    clearTimeout(this.asking);
    const answer = await fetch(this.address).catch(() => undefined);
    if (answer?.ok) {
      this.show(((await answer.json()) as { video?: Video }).video);
    } else {
      this.asking = setTimeout(() => void this.ask(), ASK_EVERY * 5);
    }
  }

  private async post(address: string): Promise<void> {
    const answer = await fetch(address, { method: "POST", headers: { RequestVerificationToken: this.section.dataset["antiforgery"]! } }).catch(() => undefined);
    if (answer?.ok) {
      this.show(((await answer.json()) as { video?: Video }).video);
      return;
    }
    const problem = (await answer?.json().catch(() => undefined)) as { detail?: string } | undefined;
    this.fail(problem?.detail ?? "The portal did not take that. Load the page again.");
  }

  private fail(message: string | undefined): void {
    $("video-error").hidden = !message;
    $("video-error").textContent = message ?? "";
  }

  private show(video: Video | undefined): void {
    const stage = video?.stage;
    const running = stage === "waiting" || stage === "checking" || stage === "making";
    $("video-form").hidden = running || stage === "done";
    $("video-running").hidden = !running;
    $("video-done").hidden = stage !== "done";
    this.fail(stage === "failed" ? video!.message : undefined);
    this.section.dataset["stage"] = stage ?? "none";
    clearTimeout(this.asking);
    if (running) {
      const progress = $<HTMLProgressElement>("video-progress");
      if (stage === "making") {
        progress.value = video!.percent;
      } else {
        progress.removeAttribute("value");
      }
      $("video-words").textContent = words(video!);
      this.asking = setTimeout(() => void this.ask(), ASK_EVERY);
    } else if (stage === "done") {
      const until = new Date(video!.deletedAt!);
      const size = video!.bytes < 1e6 ? `${Math.ceil(video!.bytes / 1e3)} kB` : `${(video!.bytes / 1e6).toFixed(1)} MB`;
      $("video-facts").textContent =
        `${size}, ${video!.skipIdle ? "idle time skipped" : "with idle time"}. Asked for by ${video!.by}; deleted at ${until.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })}. ${video!.message ?? ""}`;
      // It goes while the page is open.
      this.asking = setTimeout(() => void this.ask(), Math.min(Math.max(until.getTime() - Date.now() + 60_000, 60_000), 2 ** 31 - 1));
    }
  }
}
