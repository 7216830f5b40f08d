// A boot as it was printed: pieces with their times, so that it can be played again as it was painted then.

export interface Piece {
  /** Milliseconds since the first piece. */
  at: number;
  data: Uint8Array;
}

const SILENCE = 2000;
/** Milliseconds that a silence takes at most where silences are cut short. */

export class Tape {
  readonly pieces: Piece[] = [];
  #first: number | null = null;
  #last = 0;
  #cut: boolean;

  constructor(cutSilences: boolean) {
    this.#cut = cutSilences;
  }

  /** Add what was printed at `at`, in order. */
  add(at: string, data: Uint8Array): void {
    const time = new Date(at).getTime();
    const before = this.#first;
    this.#first = time;
    if (before !== null) {
      const pause = Math.max(0, time - before);
      this.#last += this.#cut ? Math.min(pause, SILENCE) : pause;
    }
    this.pieces.push({ at: this.#last, data });
  }

  /** Milliseconds from the first piece to the last. */
  get length(): number {
    return this.#last;
  }

  /** Give the number of pieces that were printed by a time. */
  until(time: number): number {
    let low = 0;
    let high = this.pieces.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.pieces[middle]?.at ?? 0) <= time) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
