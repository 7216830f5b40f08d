// All consoles: what each guest does, who is on, what it said last. Real rows for thousands of them: those out of sight
// cost nothing to lay out.
import * as list from "../core/filter.ts";
import { write } from "../core/route.ts";
import { GRID_MOST } from "../core/route.ts";
import type { Inventory } from "../net/inventory.ts";
import { announce } from "../ui/announce.ts";
import { freshId, h, icon } from "../ui/dom.ts";
import type { Console } from "../wire/console.ts";
import { LastLines } from "./last_lines.ts";
import { Row } from "./row.ts";
import type { View } from "./view.ts";

export class ListView implements View {
  readonly title = "Consoles";
  readonly element: HTMLElement;
  #inventory: Inventory;
  #wanted: list.Wanted;
  #rows = new Map<string, Row>();
  #body = h("ul", { className: "rows", attributes: { "aria-label": "Consoles" } });
  #empty = h("div", { className: "nothing", hidden: true });
  #count = h("p", { className: "count" });
  #filter: HTMLInputElement;
  #states: HTMLSelectElement;
  #sets: HTMLSelectElement;
  #chosen = new Set<string>();
  #together = h("a", { className: "button main", hidden: true });
  #stale = h("p", { className: "stale", hidden: true }, "com1d does not answer. This is how it was.");
  #lines: LastLines;
  #unwatch: () => void;
  #ticking = 0;
  #key = (event: KeyboardEvent) => this.#shortcut(event);

  constructor(wanted: list.Wanted, inventory: Inventory) {
    this.#inventory = inventory;
    this.#wanted = { ...wanted };
    this.#lines = new LastLines((name, line) => this.#rows.get(name)?.says(line));
    const id = freshId();
    this.#filter = h("input", { id, type: "search", value: wanted.filter, placeholder: "Filter", autocomplete: "off", spellcheck: false, on: { input: () => this.#narrow() } });
    this.#states = h("select", { attributes: { "aria-label": "State" }, on: { change: () => this.#narrow() } });
    this.#states.append(...Object.entries({ "": "Any state", ...list.STATES }).map(([value, text]) => h("option", { value }, text)));
    this.#states.value = wanted.state;
    this.#sets = h("select", { hidden: true, attributes: { "aria-label": "Set" }, on: { change: () => this.#narrow() } });
    const tools = h("div", { className: "filters", attributes: { role: "search" } },
      h("div", { className: "field" }, icon("search"), h("label", { htmlFor: id, className: "spoken" }, "Filter by name, set, state or user"), this.#filter, h("kbd", { attributes: { "aria-hidden": "true" } }, "/")),
      this.#states, this.#sets, this.#together);
    this.element = h("main", { className: "list-view" }, h("div", { className: "headline" }, h("h1", {}, "Consoles"), this.#count), tools, this.#stale, this.#body, this.#empty);
    this.#body.addEventListener("keydown", (event) => this.#walk(event));
    const all = () => inventory.consoles.size;
    this.#unwatch = inventory.watch({ changed: (names) => this.#update(names), live: (live) => (this.#stale.hidden = live || all() === 0) });
  }

  start(): void {
    document.addEventListener("keydown", this.#key);
    this.#ticking = window.setInterval(() => this.#tick(), 30000);
    this.#update(null);
    this.#filter.focus();
  }

  dispose(): void {
    document.removeEventListener("keydown", this.#key);
    clearInterval(this.#ticking);
    this.#unwatch();
    this.#lines.stop();
  }

  #update(names: Set<string> | null): void {
    const { consoles } = this.#inventory;
    const changed = names ?? new Set([...consoles.keys(), ...this.#rows.keys()]);
    let reordered = names === null && this.#rows.size === 0;
    for (const name of changed) {
      const console = consoles.get(name);
      const row = this.#rows.get(name);
      if (console === undefined) this.#remove(name);
      else if (row) row.update(console);
      else {
        this.#add(console);
        reordered = true;
      }
      this.#lines.changed(name);
    }
    if (reordered) this.#order();
    this.#offerSets();
    this.#show();
  }

  #add(console: Console): void {
    const row = new Row(console, (chosen) => this.#choose(console.name, chosen));
    this.#rows.set(console.name, row);
    this.#lines.watch(console.name, row.element);
  }

  #remove(name: string): void {
    const row = this.#rows.get(name);
    if (!row) return;
    this.#lines.forget(name, row.element);
    row.element.remove();
    this.#rows.delete(name);
    this.#choose(name, false);
  }

  #order(): void {
    const rows = [...this.#rows.values()].sort((a, b) => list.before(a.console, b.console));
    this.#body.replaceChildren(...rows.map(({ element }) => element));
  }

  #offerSets(): void {
    const found = list.sets(this.#inventory.consoles.values());
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
    let shown = 0;
    let first: Row | null = null;
    for (const row of this.#rows.values()) {
      const visible = list.shows(row.console, this.#wanted);
      row.element.hidden = !visible;
      if (visible) {
        shown += 1;
        first ??= row;
      }
    }
    const all = this.#rows.size;
    this.#count.textContent = shown === all ? `${all}` : `${shown} of ${all}`;
    this.#setFirst();
    this.#nothing(all, shown);
    return shown;
  }

  /** One row is reached by Tab, the others by the arrow keys. */
  #setFirst(): void {
    const links = this.#links();
    const current = links.find((link) => link.tabIndex === 0) ?? links[0];
    for (const link of links) link.tabIndex = link === current ? 0 : -1;
  }

  #nothing(all: number, shown: number): void {
    this.#empty.hidden = shown > 0 || !this.#inventory.loaded;
    this.#body.hidden = shown === 0;
    const [title, text] = all === 0
      ? ["There is no console that you may see", "An administrator gives you a role in com1d.toml, under [[roles]]."]
      : ["No console is like that", "Change the filter to see more."];
    this.#empty.replaceChildren(h("h2", {}, title), h("p", {}, text));
  }

  #choose(name: string, chosen: boolean): void {
    if (chosen) this.#chosen.add(name);
    else this.#chosen.delete(name);
    this.#together.hidden = this.#chosen.size === 0;
    this.#together.href = write({ view: "grid", names: [...this.#chosen].slice(0, GRID_MOST) });
    const count = this.#chosen.size;
    this.#together.textContent = count > GRID_MOST ? `Open the first ${GRID_MOST} together` : `Open ${count} together`;
  }

  #links(): HTMLAnchorElement[] {
    return [...this.#body.querySelectorAll<HTMLAnchorElement>("li:not([hidden]) > a.name")];
  }

  #walk(event: KeyboardEvent): void {
    const link = (event.target as HTMLElement).closest("li")?.querySelector<HTMLAnchorElement>("a.name");
    if (!link) return;
    const links = this.#links();
    const here = links.indexOf(link);
    const page = 10;
    const to = { ArrowDown: here + 1, ArrowUp: here - 1, Home: 0, End: links.length - 1, PageDown: here + page, PageUp: here - page }[event.key];
    if (to === undefined) {
      if (event.key === "x" && event.target === link) link.closest("li")?.querySelector<HTMLInputElement>("input")?.click();
      return;
    }
    event.preventDefault();
    const next = links[Math.max(0, Math.min(links.length - 1, to))];
    if (!next) return;
    link.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  }

  #shortcut(event: KeyboardEvent): void {
    const typing = event.target instanceof HTMLInputElement && event.target.type !== "checkbox";
    if (event.key === "/" && !typing && !event.ctrlKey && !event.altKey) {
      event.preventDefault();
      this.#filter.select();
      this.#filter.focus();
    } else if (event.target === this.#filter && (event.key === "ArrowDown" || event.key === "Enter")) {
      event.preventDefault();
      const [first] = this.#links();
      if (event.key === "Enter") first?.click();
      else first?.focus();
    }
  }

  #tick(): void {
    for (const row of this.#rows.values()) if (!row.element.hidden) row.tick();
  }
}
