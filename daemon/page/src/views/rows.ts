// The rows of the list. Only those near what is seen are elements, so that four thousand cost as much as forty. Each says
// which of how many it is, so that a screen reader knows of the rest.
import { wantedRows } from "../core/window.ts";
import { h, setAttribute } from "../ui/dom.ts";
import type { Console } from "../wire/console.ts";
import { Row } from "./row.ts";

export class Rows {
  readonly element = h("ul", { className: "rows", attributes: { "aria-label": "Consoles" } });
  #consoles: Console[] = [];
  #rows = new Map<string, Row>();
  #make: (console: Console) => Row;
  #current = 0;
  #height = 0;
  #frame = 0;
  #later = () => (this.#frame ||= requestAnimationFrame(() => this.#draw()));
  #measure = new ResizeObserver(() => {
    this.#height = 0;
    this.#later();
  });

  constructor(make: (console: Console) => Row) {
    this.#make = make;
    this.element.addEventListener("keydown", (event) => this.#walk(event));
    this.element.addEventListener("focusin", (event) => this.#focused(event));
  }

  start(): void {
    addEventListener("scroll", this.#later, { passive: true });
    this.#measure.observe(this.element);
  }

  stop(): void {
    removeEventListener("scroll", this.#later);
    this.#measure.disconnect();
    cancelAnimationFrame(this.#frame);
  }

  /** Show these consoles, in this order. */
  show(consoles: Console[]): void {
    const name = this.#consoles[this.#current]?.name;
    this.#consoles = consoles;
    this.#current = Math.max(0, consoles.findIndex((console) => console.name === name));
    this.#draw();
  }

  /** The rows that are elements now, by the console's name. */
  get shown(): ReadonlyMap<string, Row> {
    return this.#rows;
  }

  /** Put the focus on the first row. */
  focus(): void {
    this.#go(0);
  }

  /** Open the first console. */
  open(): void {
    this.#rows.get(this.#consoles[0]?.name ?? "")?.link.click();
  }

  #draw(): void {
    this.#frame = 0;
    const consoles = this.#consoles;
    if (this.#height === 0) this.#height = this.#measureRow();
    this.element.style.height = `${consoles.length * this.#height}px`;
    const top = -this.element.getBoundingClientRect().top;
    const holds = this.element.contains(document.activeElement);
    const wanted = wantedRows(consoles.length, this.#height, top, innerHeight, holds ? this.#current : -1);
    this.#keep(new Set(wanted.map((index) => consoles[index]?.name ?? "")));
    let place = this.element.firstElementChild;
    for (const index of wanted) {
      const row = this.#row(index);
      // What is there keeps its place: an element that is moved loses the focus.
      if (row === place) place = place.nextElementSibling;
      else this.element.insertBefore(row, place);
    }
  }

  #row(index: number): HTMLElement {
    const console = this.#consoles[index] as Console;
    let row = this.#rows.get(console.name);
    if (!row) this.#rows.set(console.name, (row = this.#make(console)));
    else if (row.console !== console) row.update(console);
    row.element.style.top = `${index * this.#height}px`;
    setAttribute(row.element, "aria-posinset", String(index + 1));
    setAttribute(row.element, "aria-setsize", String(this.#consoles.length));
    row.link.tabIndex = index === this.#current ? 0 : -1;
    return row.element;
  }

  #keep(names: Set<string>): void {
    for (const [name, row] of this.#rows) {
      if (names.has(name)) continue;
      row.element.remove();
      this.#rows.delete(name);
    }
  }

  /** All rows are as high as the style says, on this screen and with these letters. */
  #measureRow(): number {
    const probe = h("li", { attributes: { "aria-hidden": "true" } });
    this.element.append(probe);
    const { height } = probe.getBoundingClientRect();
    probe.remove();
    return height;
  }

  #focused({ target }: Event): void {
    const item = (target as HTMLElement).closest("li");
    const index = Number(item?.getAttribute("aria-posinset")) - 1;
    if (index >= 0) this.#setCurrent(index);
  }

  #setCurrent(index: number): void {
    this.#current = index;
    const name = this.#consoles[index]?.name;
    for (const [other, row] of this.#rows) row.link.tabIndex = other === name ? 0 : -1;
  }

  #walk(event: KeyboardEvent): void {
    const page = Math.max(1, Math.floor(innerHeight / Math.max(1, this.#height)) - 2);
    const here = this.#current;
    const last = this.#consoles.length - 1;
    const to = { ArrowDown: here + 1, ArrowUp: here - 1, Home: 0, End: last, PageDown: here + page, PageUp: here - page }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      this.#go(Math.max(0, Math.min(last, to)));
    } else if (event.key === "x" && event.target instanceof HTMLAnchorElement) {
      event.target.closest("li")?.querySelector("input")?.click();
    }
  }

  #go(index: number): void {
    const top = this.element.getBoundingClientRect().top + index * this.#height;
    const bottom = top + this.#height;
    if (top < 0 || bottom > innerHeight) scrollBy({ top: top < 0 ? top - this.#height : bottom - innerHeight + this.#height, behavior: "instant" });
    this.#setCurrent(index);
    this.#draw();
    this.#rows.get(this.#consoles[index]?.name ?? "")?.link.focus({ preventScroll: true });
  }
}
