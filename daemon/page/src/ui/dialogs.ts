// Questions, as real dialogs: Escape cancels, and the focus goes back to where it was.
import { freshId, h } from "./dom.ts";

/** Show a dialog with these contents until it is closed; gives the value of the button that closed it. */
export function show(title: string, contents: Node[], buttons: HTMLElement[], name = ""): Promise<string> {
  const heading = freshId();
  const form = h("form", { method: "dialog" }, h("h2", { id: heading }, title), ...contents, h("div", { className: "buttons" }, ...buttons));
  const dialog = h("dialog", { className: `dialog ${name}`, attributes: { "aria-labelledby": heading } }, form);
  const before = document.activeElement;
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
      resolve(dialog.returnValue);
    });
  });
}

/** Make a button that closes its dialog with a value. */
export function closing(label: string, value: string, kind: "main" | "harm" | "quiet" = "quiet"): HTMLButtonElement {
  // Escape gives no value; neither does a button that cancels, so that both are the same.
  return h("button", { type: "submit", value, className: `button ${kind}` }, label);
}

/** Ask before something is done. */
export async function confirm(title: string, text: string, label: string, harmful = false): Promise<boolean> {
  const buttons = [closing("Cancel", ""), closing(label, "yes", harmful ? "harm" : "main")];
  return (await show(title, [h("p", {}, text)], buttons)) === "yes";
}

/** Tell something that went wrong. */
export async function tell(title: string, text: string): Promise<void> {
  await show(title, [h("p", {}, text)], [closing("Close", "", "main")]);
}

/** Ask for a line of text; null where the user cancels. */
export async function askText(title: string, text: string, label: string, button: string, pattern = ""): Promise<string | null> {
  const field = h("input", { type: "text", required: true, autocomplete: "off", spellcheck: false, id: freshId() });
  if (pattern) field.pattern = pattern;
  const cancel = closing("Cancel", "");
  cancel.formNoValidate = true;
  const contents = [h("p", {}, text), h("label", { htmlFor: field.id }, label), field];
  return (await show(title, contents, [cancel, closing(button, "yes", "main")])) === "yes" ? field.value : null;
}
