// The last line of what a guest printed, for the rows that are in sight: a few requests at a time, each console at most
// every few seconds, and none while nobody looks.
import { lastLine } from "../net/log.ts";

const AGAIN = 5000;
const AT_ONCE = 4;

export class LastLines {
  #tell: (name: string, line: string) => void;
  #visible = new Set<string>();
  #asked = new Map<string, number>();
  #under = 0;
  #names = new WeakMap<Element, string>();
  #observer: IntersectionObserver;
  #timer: number;

  constructor(tell: (name: string, line: string) => void) {
    this.#tell = tell;
    this.#observer = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) {
        const name = this.#names.get(target) ?? "";
        if (isIntersecting) this.#visible.add(name);
        else this.#visible.delete(name);
      }
      this.#next();
    });
    this.#timer = window.setInterval(() => this.#next(), 1000);
  }

  watch(name: string, row: Element): void {
    this.#names.set(row, name);
    this.#observer.observe(row);
  }

  forget(name: string, row: Element): void {
    this.#observer.unobserve(row);
    this.#visible.delete(name);
    this.#asked.delete(name);
  }

  /** Ask anew for a console of which something was heard. */
  changed(name: string): void {
    this.#asked.delete(name);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#observer.disconnect();
    this.#visible.clear();
  }

  #next(): void {
    if (document.hidden) return;
    const now = performance.now();
    for (const name of this.#visible) {
      if (this.#under >= AT_ONCE) return;
      if (now - (this.#asked.get(name) ?? -AGAIN) < AGAIN) continue;
      this.#asked.set(name, now);
      void this.#ask(name);
    }
  }

  async #ask(name: string): Promise<void> {
    this.#under += 1;
    try {
      const line = await lastLine(name);
      if (line && this.#visible.has(name)) this.#tell(name, line);
    } catch {
      // no log, or no daemon: the row shows what the state was known by
    } finally {
      this.#under -= 1;
    }
    this.#next();
  }
}
