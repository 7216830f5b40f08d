// How long an answer takes: of the daemon to a ping, of the guest to a key. The median of the last few, since one that
// met a busy moment says little.

const KEPT = 9;

export class Latency {
  #late: number;
  #asked: number | null = null;
  #last: number[] = [];

  /** `late` is the milliseconds after which what comes is no answer any more. */
  constructor(late: number) {
    this.#late = late;
  }

  /** Note a question. Of several without an answer, the first counts. */
  asked(now: number): void {
    this.#asked ??= now;
  }

  /** Note what may be its answer; gives whether the figure may have changed. */
  answered(now: number): boolean {
    const asked = this.#asked;
    this.#asked = null;
    if (asked === null || now - asked > this.#late) return false;
    this.#last = [...this.#last, now - asked].slice(-KEPT);
    return true;
  }

  /** Wait for no answer any more. */
  forget(): void {
    this.#asked = null;
  }

  /** Milliseconds; null before anything was answered. */
  get median(): number | null {
    const sorted = [...this.#last].sort((a, b) => a - b);
    return sorted[sorted.length >> 1] ?? null;
  }
}
