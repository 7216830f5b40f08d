// How long to wait before the next try to connect: soon at first, since a daemon's restart takes a second, then less
// often, and not all pages of a team at once.

const FIRST = 250;
const LONGEST = 5000;

export class Backoff {
  #tries = 0;

  /** Milliseconds until the next try; `chance` is a number from 0 to 1. */
  next(chance: number): number {
    const wait = Math.min(LONGEST, FIRST * 2 ** this.#tries);
    this.#tries += 1;
    return Math.round(wait * (0.75 + 0.5 * chance));
  }

  reset(): void {
    this.#tries = 0;
  }
}
