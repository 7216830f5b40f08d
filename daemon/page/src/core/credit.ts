// Credit: how much the daemon may send before the page has parsed it. A page's WebSocket knows no back-pressure, so
// without this a guest that prints faster than the terminal parses would fill the browser's memory.

export const WINDOW = 262144;
/** Bytes under way at most: a tenth of a second of parsing, and some twenty seconds of a real line. */

const SHARE = 8;
/** An acknowledgement for every eighth of the window: the stream does not pause, and few messages are sent. */

export class Credit {
  /** Bytes that came and are not parsed. */
  unparsed = 0;
  #owed = 0;
  #send: (bytes: number) => void;

  constructor(send: (bytes: number) => void) {
    this.#send = send;
  }

  came(bytes: number): void {
    this.unparsed += bytes;
  }

  /** Note that bytes were parsed; acknowledge when it is worth a message, or when all are. */
  parsed(bytes: number): void {
    this.unparsed -= bytes;
    this.#owed += bytes;
    if (this.#owed >= WINDOW / SHARE || this.unparsed === 0) {
      this.#send(this.#owed);
      this.#owed = 0;
    }
  }
}
