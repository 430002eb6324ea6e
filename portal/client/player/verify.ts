// The player's Verify button: the portal checks the file, and this says what it found.
const words = (report: { verdict: string; signatureChecked: boolean; chunks: number; findings: string[] }): string =>
  ({
    intact: `Intact: all ${report.chunks} chunks are unaltered, ${report.signatureChecked ? "and the gateway's signature is right" : "but the gateway's key is not known here to check its signature"}.`,
    interrupted: `Unaltered as far as it goes (${report.chunks} chunks), but without an end: it is still running, or the gateway was lost.`,
    broken: `Broken: ${report.findings.join(" ")}`,
  })[report.verdict] ?? report.verdict;

export function tell(text: string, tone: "" | "good" | "bad"): void {
  const verdict = document.getElementById("verdict")!;
  verdict.hidden = false;
  verdict.className = `message ${tone}`;
  verdict.textContent = text;
}

export function onVerify(player: HTMLElement): void {
  document.getElementById("verify")!.onclick = async () => {
    tell("Checking every chunk…", "");
    const answer = await fetch(`/recordings/${player.dataset["recording"]}/verify`, {
      method: "POST",
      headers: { RequestVerificationToken: player.dataset["antiforgery"]! },
    });
    if (!answer.ok) {
      tell(`It could not be checked (${answer.status}). Load the page again.`, "bad");
      return;
    }
    const report = (await answer.json()) as Parameters<typeof words>[0];
    tell(words(report), report.verdict === "broken" ? "bad" : "good");
  };
}
