// How much a terminal is given at once. What parses in a few milliseconds on one machine takes a hundred on another, or on
// the same one while it is busy: so the size follows the time that the last slice took.

const BUDGET = 16;
/** Milliseconds of one slice: a key that comes meanwhile waits for less than what anybody sees. */

const SMALLEST = 2048;
const LARGEST = 65536;
/** Bytes: below it the calls cost more than the parsing, above it a single bad guess would be felt. */

export class Slice {
  bytes = SMALLEST;

  /** Note that so many bytes took so many milliseconds. A slow slice counts at once, a fast one only for twice as much. */
  took(bytes: number, milliseconds: number): void {
    const fits = (bytes * BUDGET) / Math.max(milliseconds, 1);
    this.bytes = Math.round(Math.max(SMALLEST, Math.min(LARGEST, 2 * this.bytes, fits)));
  }
}
