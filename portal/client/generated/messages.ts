// Written from the gateway's and the recording format's own numbers by ClientMessagesTests. Change them there, not here.

/** What every session's page shares: SessionMessages. */
export const Common = {
  open: 0x00,
  end: 0x04,
  ping: 0x05,
  resume: 0x06,
  watch: 0x07,
  takeOver: 0x08,
  opened: 0x10,
  notice: 0x13,
  ended: 0x14,
  pong: 0x15,
  refused: 0x16,
} as const;

/** What only terminals have: TerminalMessages. */
export const Terminal = {
  input: 0x01,
  resize: 0x02,
  ack: 0x03,
  answer: 0x09,
  output: 0x11,
  inputAck: 0x12,
  snapshot: 0x17,
  question: 0x18,
} as const;

/** What only screens have: ScreenMessages. */
export const Screen = {
  rfb: 0x20,
  askControl: 0x21,
  yieldControl: 0x22,
  control: 0x23,
  age: 0x24,
  colours: 0x25,
  reduced: 0x26,
} as const;

/** What an event of a recording is: RecordingEventKind. */
export const RecordingKind = {
  output: 1,
  input: 2,
  maskedInput: 3,
  resize: 4,
  marker: 5,
  snapshot: 6,
  screen: 16,
  file: 17,
  http: 18,
} as const;
