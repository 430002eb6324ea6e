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
export function ask(question: Question): Promise<string | undefined> {
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
  let input: HTMLTextAreaElement | undefined;
  if (question.ask) {
    const label = element("label", "", question.ask);
    input = element("textarea", "");
    [input.rows, input.maxLength, confirm.disabled] = [2, 500, true];
    input.addEventListener("input", () => { confirm.disabled = !input!.value.trim(); });
    label.append(input);
    dialog.append(label);
  }
  const actions = element("div", "dialog-actions");
  actions.append(cancel, confirm);
  dialog.append(actions);

  const before = document.activeElement as HTMLElement | null;
  document.body.append(dialog);
  dialog.showModal();
  (input ?? (question.danger || question.careful ? cancel : confirm)).focus();
  return new Promise((resolve) => {
    let answer: string | undefined;
    confirm.addEventListener("click", () => {
      answer = input?.value.trim() ?? "";
      dialog.close();
    });
    cancel.addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => {
      dialog.remove();
      if (dialog.returnValue !== DROPPED) {
        before?.focus();
      }
      resolve(answer);
    });
  });
}
