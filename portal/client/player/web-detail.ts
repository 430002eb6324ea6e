// All that was recorded of one request or message.
import { size, took } from "./web-rows";

interface Body {
  type?: string;
  length: number;
  sha256?: string;
  text?: string;
  base64?: string;
  truncated?: boolean;
  omitted?: string;
}

/** As in the recording: docs/web-sessions.md. */
interface Trace {
  t: string;
  n?: number;
  protocol?: string;
  status?: number;
  waitMs?: number;
  totalMs?: number;
  sent?: number;
  received?: number;
  requestHeaders?: Record<string, string>;
  responseHeaders?: Record<string, string>;
  body?: Body;
  download?: string;
  notes?: string[];
  origin?: string;
  certificate?: string;
  methods?: string[];
  paths?: string[];
  code?: number;
  reason?: string;
  sentMessages?: number;
  receivedMessages?: number;
  length?: number;
  sha256?: string;
  unfinished?: boolean;
}

export async function detail(recording: string, at: number, type: string, number: number): Promise<Node> {
  const answer = await fetch(`/recordings/${recording}/http/${at}?type=${type}&number=${number}`);
  if (!answer.ok) {
    return document.createTextNode(`It could not be read (${answer.status}). Load the page again.`);
  }
  const trace = (await answer.json()) as Trace;
  const made = document.createElement("div");
  made.className = "timeline-detail";
  made.append(facts(general(trace)));
  section(made, "Request headers", trace.requestHeaders);
  section(made, "Response headers", trace.responseHeaders);
  if (trace.body) {
    made.append(body(trace.body, trace.t === "message" ? "Message" : "Request body"));
  }
  return made;
}

function general(trace: Trace): Record<string, string> {
  const found: Record<string, string | undefined> = {
    Number: trace.n?.toString(),
    Origin: trace.origin,
    Certificate: trace.certificate && `SHA-256 ${trace.certificate}`,
    "Allowed methods": trace.methods?.join(", "),
    "Allowed paths": trace.paths?.join(", "),
    Protocol: trace.protocol,
    Answered: trace.waitMs === undefined ? undefined : `after ${took(trace.waitMs)}, complete after ${took(trace.totalMs ?? 0)}`,
    Sent: trace.sent === undefined ? undefined : size(trace.sent),
    Received: trace.received === undefined ? undefined : size(trace.received),
    "Downloaded file": trace.download && `SHA-256 ${trace.download}`,
    "Whole message":
      trace.length === undefined
        ? undefined
        : `${size(trace.length)}${trace.unfinished ? ", and it never ended" : ""}${trace.sha256 ? `, SHA-256 ${trace.sha256}` : ""}`,
    Closed: trace.code === undefined ? undefined : `${trace.code} ${trace.reason ?? ""}`,
    "Messages to the asset": trace.sentMessages?.toString(),
    "Messages from the asset": trace.receivedMessages?.toString(),
    Remarks: trace.notes?.join(" "),
  };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined)) as Record<string, string>;
}

function facts(values: Record<string, string>): HTMLElement {
  const list = document.createElement("dl");
  list.className = "facts";
  for (const [name, value] of Object.entries(values)) {
    const [term, text] = [document.createElement("dt"), document.createElement("dd")];
    term.textContent = name;
    text.append(masked(value));
    list.append(term, text);
  }
  return list;
}

function section(into: HTMLElement, title: string, values: Record<string, string> | undefined): void {
  if (values && Object.keys(values).length) {
    into.append(heading(title), facts(values));
  }
}

function heading(title: string): HTMLElement {
  const made = document.createElement("h2");
  made.textContent = title;
  return made;
}

function body(content: Body, title: string): Node {
  const made = document.createDocumentFragment();
  made.append(heading(`${title}, ${size(content.length)}${content.type ? `, ${content.type}` : ""}`));
  if (content.text || content.base64) {
    const text = document.createElement("pre");
    text.tabIndex = 0;
    text.append(content.text ? masked(content.text) : content.base64!);
    made.append(text);
  }
  const remarks = [
    content.base64 && "Not a text: shown as base64.",
    content.omitted && `Not kept: ${content.omitted}`,
    content.truncated && "Only its beginning was kept.",
    content.sha256 && `SHA-256 of the whole: ${content.sha256}`,
  ].filter(Boolean);
  if (remarks.length) {
    const small = document.createElement("small");
    small.textContent = remarks.join(" ");
    made.append(small);
  }
  return made;
}

// What was taken out is shown as such.
function masked(text: string): Node {
  const made = document.createDocumentFragment();
  text.split("***").forEach((part, i) => {
    if (i > 0) {
      const mark = document.createElement("mark");
      mark.textContent = "***";
      mark.title = "A secret: it was never recorded";
      made.append(mark);
    }
    made.append(part);
  });
  return made;
}
