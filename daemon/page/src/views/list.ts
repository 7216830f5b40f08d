// All consoles: what each guest does, who is on, what it said last.
import * as list from "../core/filter.ts";
import { GRID_MOST, write } from "../core/route.ts";
import type { Inventory } from "../net/inventory.ts";
import { announce } from "../ui/announce.ts";
import { freshId, h, icon } from "../ui/dom.ts";
import type { Console } from "../wire/console.ts";
import { LastLines } from "./last_lines.ts";
import { Row } from "./row.ts";
import { Rows } from "./rows.ts";
import type { View } from "./view.ts";

const TICK = 30000;
/** Milliseconds between two looks at how long ago something was. */

export class ListView implements View {
  readonly title = "Consoles";
  readonly element: HTMLElement;
  #inventory: Inventory;
  #wanted: list.Wanted;
  #sorted: Console[] = [];
  #rows: Rows;
  #lines: LastLines;
  #empty = h("div", { className: "nothing", hidden: true });
  #count = h("p", { className: "count" });
  #filter: HTMLInputElement;
  #states = h("select", { attributes: { "aria-label": "State" }, on: { change: () => this.#narrow() } });
  #sets = h("select", { hidden: true, attributes: { "aria-label": "Set" }, on: { change: () => this.#narrow() } });
  #chosen = new Set<string>();
  #together = h("a", { className: "button main", hidden: true });
  #stale = h("p", { className: "stale", hidden: true }, "com1d does not answer. This is how it was.");
  #unwatch: () => void;
  #ticking = 0;
  #key = (event: KeyboardEvent) => this.#shortcut(event);

  constructor(wanted: list.Wanted, inventory: Inventory) {
    this.#inventory = inventory;
    this.#wanted = { ...wanted };
    this.#rows = new Rows((console) => this.#row(console));
    this.#lines = new LastLines(() => this.#rows.shown.keys(), (name, line) => this.#rows.shown.get(name)?.says(line));
    const id = freshId();
    this.#filter = h("input", { id, type: "search", value: wanted.filter, placeholder: "Filter", autocomplete: "off", spellcheck: false, on: { input: () => this.#narrow() } });
    this.#states.append(...Object.entries({ "": "Any state", ...list.STATES }).map(([value, text]) => h("option", { value }, text)));
    this.#states.value = wanted.state;
    const tools = h("div", { className: "filters", attributes: { role: "search" } },
      h("div", { className: "field" }, icon("search"), h("label", { htmlFor: id, className: "spoken" }, "Filter by name, set, state or user"), this.#filter, h("kbd", { attributes: { "aria-hidden": "true" } }, "/")),
      this.#states, this.#sets, this.#together);
    this.element = h("main", { className: "list-view" }, h("div", { className: "headline" }, h("h1", {}, "Consoles"), this.#count), tools, this.#stale, this.#rows.element, this.#empty);
    this.#unwatch = inventory.watch({ changed: (names) => this.#update(names), live: (live) => (this.#stale.hidden = live || inventory.consoles.size === 0) });
  }

  start(): void {
    document.addEventListener("keydown", this.#key);
    this.#ticking = window.setInterval(() => this.#tick(), TICK);
    this.#rows.start();
    this.#lines.start();
    this.#update(null);
    this.#filter.focus();
  }

  dispose(): void {
    document.removeEventListener("keydown", this.#key);
    clearInterval(this.#ticking);
    this.#unwatch();
    this.#rows.stop();
    this.#lines.stop();
  }

  #row(console: Console): Row {
    return new Row(console, this.#chosen.has(console.name), (chosen) => this.#choose(console.name, chosen));
  }

  #update(names: Set<string> | null): void {
    const { consoles } = this.#inventory;
    this.#sorted = list.merge(this.#sorted, consoles);
    for (const name of names ?? consoles.keys()) this.#lines.changed(name);
    for (const name of this.#chosen) if (!consoles.has(name)) this.#choose(name, false);
    this.#offerSets();
    this.#show();
    this.#lines.next();
  }

  #offerSets(): void {
    const found = list.sets(this.#sorted);
    const before = [...this.#sets.options].map(({ value }) => value).slice(1);
    if (found.join() === before.join() && this.#sets.options.length) return;
    this.#sets.hidden = found.length === 0;
    this.#sets.replaceChildren(h("option", { value: "" }, "Any set"), ...found.map((set) => h("option", { value: set }, set)));
    this.#sets.value = this.#wanted.set;
  }

  #narrow(): void {
    this.#wanted = { filter: this.#filter.value, state: this.#states.value, set: this.#sets.value };
    history.replaceState(null, "", write({ view: "list", ...this.#wanted }));
    const before = this.#count.textContent;
    const shown = this.#show();
    if (this.#count.textContent !== before) announce(shown === 1 ? "1 console." : `${shown} consoles.`);
  }

  /** Show those that are wanted; give how many. */
  #show(): number {
    const shown = this.#sorted.filter((console) => list.shows(console, this.#wanted));
    const all = this.#sorted.length;
    this.#count.textContent = shown.length === all ? `${all}` : `${shown.length} of ${all}`;
    this.#empty.hidden = shown.length > 0 || !this.#inventory.loaded;
    this.#rows.element.hidden = shown.length === 0;
    if (!this.#empty.hidden) this.#nothing(all);
    this.#rows.show(shown);
    return shown.length;
  }

  #nothing(all: number): void {
    const [title, text] = all === 0
      ? ["There is no console that you may see", "An administrator gives you a role in com1d.toml, under [[roles]]."]
      : ["No console is like that", "Change the filter to see more."];
    this.#empty.replaceChildren(h("h2", {}, title), h("p", {}, text));
  }

  #choose(name: string, chosen: boolean): void {
    if (chosen) this.#chosen.add(name);
    else this.#chosen.delete(name);
    const count = this.#chosen.size;
    this.#together.hidden = count === 0;
    this.#together.href = write({ view: "grid", names: [...this.#chosen].slice(0, GRID_MOST) });
    this.#together.textContent = count > GRID_MOST ? `Open the first ${GRID_MOST} together` : `Open ${count} together`;
  }

  #shortcut(event: KeyboardEvent): void {
    const typing = event.target instanceof HTMLInputElement && event.target.type !== "checkbox";
    if (event.key === "/" && !typing && !event.ctrlKey && !event.altKey) {
      event.preventDefault();
      this.#filter.select();
      this.#filter.focus();
    } else if (event.target === this.#filter && (event.key === "ArrowDown" || event.key === "Enter")) {
      event.preventDefault();
      if (event.key === "Enter") this.#rows.open();
      else this.#rows.focus();
    }
  }

  #tick(): void {
    for (const row of this.#rows.shown.values()) row.tick();
  }
}
