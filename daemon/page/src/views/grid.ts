// Several consoles at once, of which one at most is typed on: the one that was chosen last.
import { write } from "../core/route.ts";
import { guestSaid } from "../core/states.ts";
import type { Inventory } from "../net/inventory.ts";
import { h, icon } from "../ui/dom.ts";
import { Pane } from "./pane.ts";
import type { View } from "./view.ts";

export class GridView implements View {
  readonly title: string;
  readonly element: HTMLElement;
  #cells: Cell[];
  #unwatch: () => void;

  constructor(names: string[], inventory: Inventory) {
    this.title = names.join(", ");
    this.#cells = names.map((name) => new Cell(name, inventory, (cell) => this.#activate(cell)));
    const grid = h("div", { className: "cells" }, ...this.#cells.map(({ element }) => element));
    grid.dataset["count"] = String(names.length);
    this.element = h("main", { className: "grid-view" },
      h("header", { className: "head" },
        h("a", { className: "button quiet back", href: "./", title: "All consoles" }, icon("back"), h("span", {}, "Consoles")),
        h("h1", {}, `${names.length} consoles`),
        h("p", { className: "aside" }, "You watch all, and type on the one that you choose.")),
      grid);
    this.#unwatch = inventory.watch({ changed: () => { for (const cell of this.#cells) cell.update(); }, live: () => undefined });
  }

  start(): void {
    for (const cell of this.#cells) cell.pane.start();
    this.#cells[0]?.focus();
  }

  dispose(): void {
    this.#unwatch();
    for (const cell of this.#cells) cell.pane.dispose();
  }

  #activate(chosen: Cell): void {
    for (const cell of this.#cells) {
      if (cell !== chosen && cell.pane.standing === "active") cell.pane.become("observe");
    }
    chosen.pane.become("active");
    chosen.pane.focus();
  }
}

class Cell {
  readonly element: HTMLElement;
  readonly pane: Pane;
  #inventory: Inventory;
  #state = h("span", { className: "state" });
  #button: HTMLButtonElement;

  constructor(name: string, inventory: Inventory, activate: (cell: Cell) => void) {
    this.#inventory = inventory;
    this.#button = h("button", { type: "button", className: "button small", on: { click: () => activate(this) } });
    this.pane = new Pane(name, "observe", { changed: () => this.update(), left: () => this.focus(), search: () => undefined, console: () => inventory.consoles.get(name) });
    const link = h("a", { href: write({ view: "console", name, observe: false }) }, name);
    this.element = h("section", { className: "cell", attributes: { "aria-label": name } }, h("header", {}, h("h2", {}, link), this.#state, this.#button), this.pane.element);
    this.update();
  }

  focus(): void {
    this.#button.focus();
  }

  update(): void {
    const console = this.#inventory.consoles.get(this.pane.name);
    const [word, tone] = console && !console.connected ? (["Not running", "off"] as const) : guestSaid(this.pane.guestState);
    this.#state.textContent = word;
    this.#state.dataset["tone"] = tone;
    const active = this.pane.standing === "active";
    this.element.classList.toggle("active", active);
    const holder = console?.active;
    this.#button.textContent = active ? "You type" : holder ? `Take over from ${holder.user}` : "Type here";
    this.#button.disabled = active;
    this.#button.setAttribute("aria-label", `${this.#button.textContent}: ${this.pane.name}`);
  }
}
