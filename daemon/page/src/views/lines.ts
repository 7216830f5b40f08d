// A log's lines on the page, in blocks. A block far from what is seen is only as high as its lines; so a log of a
// hundred thousand lines costs as much as the few that are seen.
import { type Line } from "../core/log_lines.ts";
import { precisely, stamp } from "../core/moments.ts";
import { h } from "../ui/dom.ts";

const BLOCK = 100;
/** Lines of a block: some three screens. */

const NEAR = "1200px";

export class Lines {
  readonly element = h("div", { className: "lines", tabIndex: 0, attributes: { role: "region", "aria-label": "Log" } });
  #lines: readonly Line[] = [];
  #blocks: HTMLElement[] = [];
  #near = new Set<Element>();
  #search = "";
  #current = -1;
  #sticks = false;
  #observer: IntersectionObserver;

  constructor() {
    this.#observer = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) {
        if (isIntersecting) this.#near.add(target);
        else this.#near.delete(target);
        this.#fill(target as HTMLElement);
      }
      if (this.#sticks) this.element.scrollTop = this.element.scrollHeight;
    }, { root: this.element, rootMargin: NEAR });
    for (const kind of ["wheel", "touchmove", "keydown", "pointerdown"]) this.element.addEventListener(kind, () => (this.#sticks = false), { passive: true });
  }

  /** Show these lines; those shown before are the same, except for the last block. */
  show(lines: readonly Line[]): void {
    if (lines.length < this.#lines.length) this.#clear();
    const from = Math.max(0, this.#blocks.length - 1);
    this.#lines = lines;
    const blocks = Math.ceil(lines.length / BLOCK);
    for (let index = from; index < blocks; index++) {
      const block = this.#blocks[index] ?? this.#make(index);
      block.style.setProperty("--lines", String(Math.min(BLOCK, lines.length - index * BLOCK)));
      this.#fill(block);
    }
  }

  /** Mark a text wherever it is, and one line as the one that is looked at. */
  mark(search: string, current: number): void {
    this.#search = search.toLowerCase();
    this.#current = current;
    for (const block of this.#near) this.#fill(block as HTMLElement);
  }

  /** Bring a line into sight. */
  reveal(index: number): void {
    this.#sticks = false;
    const block = this.#blocks[Math.floor(index / BLOCK)];
    if (!block) return;
    this.#near.add(block);
    this.#fill(block);
    block.children[index % BLOCK]?.scrollIntoView({ block: "center" });
  }

  /** Go to the end, and stay there while lines that were not laid out get their height. */
  end(): void {
    for (const block of this.#blocks.slice(-2)) {
      this.#near.add(block);
      this.#fill(block);
    }
    this.element.scrollTop = this.element.scrollHeight;
    this.#sticks = true;
  }

  get atEnd(): boolean {
    return this.element.scrollHeight - this.element.scrollTop - this.element.clientHeight < 40;
  }

  #clear(): void {
    this.#observer.disconnect();
    this.#near.clear();
    this.#blocks = [];
    this.element.replaceChildren();
  }

  #make(index: number): HTMLElement {
    const block = h("div", { className: "block" });
    block.dataset["index"] = String(index);
    this.#blocks[index] = block;
    this.element.append(block);
    this.#observer.observe(block);
    return block;
  }

  #fill(block: HTMLElement): void {
    const from = Number(block.dataset["index"]) * BLOCK;
    if (!this.#near.has(block)) block.replaceChildren();
    else block.replaceChildren(...this.#lines.slice(from, from + BLOCK).map((line, index) => this.#line(line, from + index)));
  }

  #line(line: Line, index: number): HTMLElement {
    const time = h("time", { dateTime: line.at, title: `${precisely(line.at)}, offset ${line.offset}` }, stamp(line.at));
    const text = h("span", {}, ...(this.#search ? this.#parts(line.text) : [line.text]));
    const row = h("p", { className: line.mark ? `mark ${line.mark}` : "" }, time, text);
    if (index === this.#current) row.classList.add("current");
    return row;
  }

  #parts(text: string): Node[] {
    const parts: Node[] = [];
    const lower = text.toLowerCase();
    let from = 0;
    for (let at = lower.indexOf(this.#search); at >= 0; at = lower.indexOf(this.#search, from)) {
      parts.push(document.createTextNode(text.slice(from, at)), h("mark", {}, text.slice(at, at + this.#search.length)));
      from = at + this.#search.length;
    }
    return [...parts, document.createTextNode(text.slice(from))];
  }
}
