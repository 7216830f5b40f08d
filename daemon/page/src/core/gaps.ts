// What is missing of a guest's output. A burst has several gaps; who reads of them wants one number, and where it began.
import type { Lost } from "../wire/events.ts";

export class Gaps {
  #from = 0;
  #bytes = 0;

  /** Add a gap to those that are told already, or begin `anew`; give all of them as one from where the first began. */
  add({ bytes, offset, ...rest }: Lost, anew: boolean): Lost {
    if (anew) {
      this.#from = offset - bytes;
      this.#bytes = 0;
    }
    this.#bytes += bytes;
    return { ...rest, bytes: this.#bytes, offset: this.#from + this.#bytes };
  }
}
