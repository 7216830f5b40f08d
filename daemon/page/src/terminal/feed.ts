// What the terminal parses, and when: one slice, then a frame of the page, then the next. xterm.js by itself parses all that
// it has in a row, and looks at its clock only between two writes, so that on a slow machine keys and frames would wait.
import { Slice } from "../core/slice.ts";

const PROBE = 1024;
/** Bytes at the head of a slice with whose end its clock starts: when xterm.js begins cannot be seen from outside. */

const FRAME = 250;
/** Milliseconds after which a frame is not waited for any longer: a tab that is not seen has none. */

/** Parse bytes, and call back when they are. */
type Parse = (data: Uint8Array, parsed?: () => void) => void;

interface Piece {
  data: Uint8Array;
  parsed: () => void;
}

export class Feed {
  #parse: Parse;
  #waiting: Piece[] = [];
  #busy = false;
  #slice = new Slice();

  constructor(parse: Parse) {
    this.#parse = parse;
  }

  /** Have bytes parsed behind all that came before; `parsed` is called when they are. What is first in line goes at once. */
  write(data: Uint8Array, parsed: () => void): void {
    this.#waiting.push({ data, parsed });
    if (!this.#busy) this.#next();
  }

  /** Forget what waits. */
  clear(): void {
    this.#waiting = [];
  }

  #next(): void {
    const pieces = this.#take(this.#slice.bytes);
    const [head] = pieces;
    const last = pieces.at(-1);
    this.#busy = head !== undefined;
    if (!head || !last) return;
    const size = pieces.reduce((sum, { data }) => sum + data.length, 0);
    let began = performance.now();
    if (head.data.length > PROBE) {
      this.#parse(head.data.subarray(0, PROBE), () => (began = performance.now()));
      head.data = head.data.subarray(PROBE);
    }
    for (const { data, parsed } of pieces.slice(0, -1)) this.#parse(data, parsed);
    this.#parse(last.data, () => {
      if (size > PROBE) this.#slice.took(size - PROBE, performance.now() - began);
      last.parsed();
      if (this.#waiting.length) this.#afterFrame();
      else this.#busy = false;
    });
  }

  /** Take what is first in line, so many bytes at most; of what is too long only its head. */
  #take(room: number): Piece[] {
    const taken: Piece[] = [];
    while (room > 0 && this.#waiting[0]) {
      const { data, parsed } = this.#waiting[0];
      if (data.length > room) {
        this.#waiting[0] = { data: data.subarray(room), parsed };
        taken.push({ data: data.subarray(0, room), parsed: () => undefined });
      } else {
        this.#waiting.shift();
        taken.push({ data, parsed });
      }
      room -= data.length;
    }
    return taken;
  }

  /** Go on when the page has painted what was parsed. */
  #afterFrame(): void {
    let gone = false;
    const go = () => {
      if (gone) return;
      gone = true;
      clearTimeout(late);
      this.#next();
    };
    const late = setTimeout(go, FRAME);
    requestAnimationFrame(() => setTimeout(go));
  }
}
