// The last line of what a guest printed, for the rows that are there: a few requests at a time, each console at most
// every few seconds, and none while nobody looks.
import { lastLine } from "../net/log.ts";

const AGAIN = 5000;
const AT_ONCE = 4;

export class LastLines {
  #wanted: () => Iterable<string>;
  #tell: (name: string, line: string) => void;
  #asked = new Map<string, number>();
  #under = 0;
  #timer = 0;

  /** `wanted` gives the consoles whose lines are shown, `tell` is told them. */
  constructor(wanted: () => Iterable<string>, tell: (name: string, line: string) => void) {
    this.#wanted = wanted;
    this.#tell = tell;
  }

  start(): void {
    this.#timer = window.setInterval(() => this.next(), 1000);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#asked.clear();
    this.#wanted = () => [];
  }

  /** Ask anew for a console of which something was heard. */
  changed(name: string): void {
    this.#asked.delete(name);
  }

  /** Ask for those that are due. */
  next(): void {
    if (document.hidden) return;
    const now = performance.now();
    for (const name of this.#wanted()) {
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
      if (line) this.#tell(name, line);
    } catch {
      // no log, or no daemon: the row shows what the state was known by
    } finally {
      this.#under -= 1;
    }
    this.next();
  }
}
