// How far a paste is, with a way to stop it.
import { freshId, h } from "../ui/dom.ts";

export class Progress {
  readonly element: HTMLElement;
  #label: HTMLElement;
  #bar: HTMLProgressElement;

  constructor(stop: () => void) {
    const id = freshId();
    this.#label = h("span", { id });
    this.#bar = h("progress", { attributes: { "aria-labelledby": id } });
    const button = h("button", { type: "button", className: "button small", on: { click: stop } }, "Stop");
    this.element = h("div", { className: "progress", hidden: true }, this.#label, this.#bar, button);
  }

  /** Show so many characters of so many; of none, nothing. */
  show(sent: number, of: number): void {
    this.element.hidden = of === 0;
    this.#label.textContent = `Pasting: ${sent.toLocaleString()} of ${of.toLocaleString()} characters`;
    this.#bar.max = Math.max(1, of);
    this.#bar.value = sent;
  }
}
