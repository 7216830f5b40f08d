// Searching in the scrollback.
import type { ISearchOptions } from "@xterm/addon-search";
import { freshId, h, icon } from "../ui/dom.ts";
import type { Terminal } from "../terminal/terminal.ts";

const MARKED: ISearchOptions = {
  decorations: {
    matchBackground: "#6b5a1e",
    matchOverviewRuler: "#d9a400",
    activeMatchBackground: "#b07d00",
    activeMatchColorOverviewRuler: "#ffc83d",
  },
};

export class Search {
  readonly element: HTMLElement;
  #terminal: Terminal;
  #field: HTMLInputElement;
  #found = h("span", { className: "found", attributes: { role: "status" } });

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
    const id = freshId();
    this.#field = h("input", { id, type: "search", placeholder: "Search what was printed", autocomplete: "off", spellcheck: false });
    this.#field.addEventListener("input", () => this.#find(true, true));
    const step = (label: string, symbol: "up" | "down", forward: boolean) =>
      h("button", { type: "button", className: "button icon-only", title: label, attributes: { "aria-label": label }, on: { click: () => this.#find(forward, false) } }, icon(symbol));
    this.element = h("div", { className: "search", hidden: true, attributes: { role: "search" } },
      h("label", { htmlFor: id, className: "spoken" }, "Search what was printed"), this.#field, this.#found,
      step("Previous match", "up", false), step("Next match", "down", true),
      h("button", { type: "button", className: "button icon-only", title: "Close", attributes: { "aria-label": "Close the search" }, on: { click: () => this.close() } }, icon("close")));
    this.element.addEventListener("keydown", (event) => this.#key(event));
    terminal.search.onDidChangeResults(({ resultIndex, resultCount }) => {
      this.#found.textContent = resultCount ? `${resultIndex + 1} of ${resultCount}` : this.#field.value ? "Nothing found" : "";
    });
  }

  open(): void {
    this.element.hidden = false;
    this.#field.select();
    this.#field.focus();
  }

  close(): void {
    this.element.hidden = true;
    this.#terminal.search.clearDecorations();
    this.#terminal.xterm.clearSelection();
    this.#terminal.focus();
  }

  #key(event: KeyboardEvent): void {
    if (event.key === "Escape") this.close();
    else if (event.key === "Enter" && event.target === this.#field) this.#find(!event.shiftKey, false);
    else return;
    event.preventDefault();
  }

  #find(forward: boolean, incremental: boolean): void {
    const text = this.#field.value;
    if (!text) {
      this.#terminal.search.clearDecorations();
      this.#found.textContent = "";
    } else if (forward) this.#terminal.search.findNext(text, { ...MARKED, incremental });
    else this.#terminal.search.findPrevious(text, MARKED);
  }
}
