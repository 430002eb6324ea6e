// Questions that a page's own script asks: a modal dialog that holds the focus, closes on Escape and gives the focus back.

const DROPPED = "dropped";

export interface Question {
  title: string;
  text?: string;
  /** Shown as it is, in the terminal's font: what would be pasted. */
  preview?: string;
  /** When set, an answer is asked for and needed. */
  ask?: string;
  /** The label of the button that does it: a verb. */
  confirm: string;
  danger?: boolean;
  /** Enter, pressed out of habit, cancels; so it does for what is dangerous. */
  careful?: boolean;
}

/** Takes away a question that has no answer any more. */
export function closeQuestions(): void {
  document.querySelectorAll<HTMLDialogElement>("dialog[open]").forEach((dialog) => dialog.close(DROPPED));
}

function element<K extends keyof HTMLElementTagNameMap>(name: K, className: string, text = ""): HTMLElementTagNameMap[K] {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
}

/** @returns the answer (an empty string where none was asked for), or undefined when it was cancelled. */
export async function ask(question: Question): Promise<string | undefined> {
  if (!question.ask) {
    return (await show(question, [])) ? "" : undefined;
  }
  const input = element("textarea", "");
  [input.rows, input.maxLength] = [2, 500];
  return (await show(question, [[question.ask, input]], () => input.value.trim() !== "")) ? input.value.trim() : undefined;
}

export interface Field {
  label: string;
  secret: boolean;
}

/** @returns what was entered in each field, or undefined when it was cancelled. */
export async function answers(question: Question, fields: Field[]): Promise<string[] | undefined> {
  const inputs = fields.map(({ label, secret }): [string, HTMLInputElement] => {
    const input = element("input", "");
    [input.type, input.autocomplete, input.maxLength] = [secret ? "password" : "text", "off", 500];
    return [label, input];
  });
  return (await show(question, inputs)) ? inputs.map(([, input]) => input.value) : undefined;
}

/** @returns whether it was confirmed. */
function show(question: Question, inputs: [string, HTMLInputElement | HTMLTextAreaElement][], complete = () => true): Promise<boolean> {
  const dialog = element("dialog", "dialog");
  const title = element("h2", "", question.title);
  title.id = `dialog-${crypto.randomUUID()}`;
  dialog.setAttribute("aria-labelledby", title.id);
  dialog.append(title);
  if (question.text) {
    dialog.append(element("p", "", question.text));
  }
  if (question.preview !== undefined) {
    const preview = element("pre", "dialog-preview", question.preview);
    preview.tabIndex = 0;
    dialog.append(preview);
  }

  const confirm = element("button", question.danger ? "danger" : "primary", question.confirm);
  const cancel = element("button", "quiet", "Cancel");
  confirm.type = cancel.type = "button";
  confirm.disabled = !complete();
  for (const [text, input] of inputs) {
    const label = element("label", "", text);
    input.addEventListener("input", () => {
      confirm.disabled = !complete();
    });
    input.addEventListener("keydown", (event) => {
      if ((event as KeyboardEvent).key === "Enter" && input instanceof HTMLInputElement) {
        event.preventDefault();
        confirm.click();
      }
    });
    label.append(input);
    dialog.append(label);
  }
  const actions = element("div", "dialog-actions");
  actions.append(cancel, confirm);
  dialog.append(actions);

  const before = document.activeElement as HTMLElement | null;
  document.body.append(dialog);
  dialog.showModal();
  (inputs[0]?.[1] ?? (question.danger || question.careful ? cancel : confirm)).focus();
  return new Promise((resolve) => {
    let confirmed = false;
    confirm.addEventListener("click", () => {
      confirmed = true;
      dialog.close();
    });
    cancel.addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => {
      dialog.remove();
      if (dialog.returnValue !== DROPPED) {
        before?.focus();
      }
      resolve(confirmed);
    });
  });
}
