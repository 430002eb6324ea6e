// A field that brings up a tablet's keyboard. What is typed in it goes to the asset as keys, whole words of an input method too.

// Something to delete: in an empty field a soft keyboard's Backspace says nothing.
const FILLER = "\u200b";

export function typeInto(field: HTMLInputElement, press: (key: string) => void): void {
  let composing = false;

  function empty(): void {
    field.value = FILLER;
    field.setSelectionRange(1, 1);
  }

  function take(): void {
    const value = field.value;
    if (!value.includes(FILLER)) {
      press("Backspace");
    }
    for (const character of value.replaceAll(FILLER, "")) {
      press(character);
    }
    empty();
  }

  field.addEventListener("focus", empty);
  field.addEventListener("blur", () => {
    field.value = "";
  });
  field.addEventListener("compositionstart", () => {
    composing = true;
  });
  field.addEventListener("compositionend", () => {
    composing = false;
    take();
  });
  field.addEventListener("input", (event) => {
    if (!composing && !(event as InputEvent).isComposing) {
      take();
    }
  });
  field.addEventListener("keydown", (event) => {
    if (["Enter", "Escape"].includes(event.key) && !event.isComposing) {
      event.preventDefault();
      press(event.key);
    }
  });
}
