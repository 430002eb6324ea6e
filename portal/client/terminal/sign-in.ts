// What an asset asks before it lets the technician in, as a dialog. Its words are shown as its words: they may be anything.
import { answers } from "../dialog";
import type { AssetQuestion } from "./protocol";

export function answerAsset({ instruction, prompts }: AssetQuestion): Promise<string[] | undefined> {
  return answers(
    {
      title: "The asset asks before it lets you in",
      text: "These are the asset's words, not Sallyport's. What you answer is sent to the asset; what it hides is not recorded.",
      preview: instruction || undefined,
      confirm: "Send",
    },
    prompts.map(({ text, echo }) => ({ label: text || "Answer", secret: !echo })),
  );
}
