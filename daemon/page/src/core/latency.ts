// How long the guest takes to answer a key: from typing it to the next output. The median of the last few, since one
// that meets a busy guest says little.

const KEPT = 9;
const LATE = 2000;
/** Milliseconds after which output is no echo any more. */

export class Latency {
  #typed: number | null = null;
  #last: number[] = [];

  typed(now: number): void {
    this.#typed ??= now;
  }

  /** Note output; gives whether the figure may have changed. */
  printed(now: number): boolean {
    const typed = this.#typed;
    this.#typed = null;
    if (typed === null || now - typed > LATE) return false;
    this.#last = [...this.#last, now - typed].slice(-KEPT);
    return true;
  }

  /** Milliseconds; null before anything was typed. */
  get median(): number | null {
    const sorted = [...this.#last].sort((a, b) => a - b);
    return sorted[sorted.length >> 1] ?? null;
  }
}
