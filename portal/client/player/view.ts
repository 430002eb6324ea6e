import type { Entry } from "./recording";

/** What a recording is shown in. */
export interface View {
  /** Empty, as at the recording's start. */
  reset(): void;
  /** Shows the moment of a snapshot, whatever was shown before. */
  begin(snapshot: Entry): void;
  apply(entry: Entry): void;
  /** What can be read on it now. */
  text(): string;
}
