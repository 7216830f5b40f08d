// Reading a guest's output aloud: when it has been quiet for a moment, the lines that are new, and of many the last.
import { announce } from "../ui/announce.ts";
import type { Terminal } from "../terminal/terminal.ts";

const QUIET = 300;
const LINES = 5;

export class Speech {
  #terminal: Terminal;
  #timer = 0;
  #row = 0;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  /** Note that the terminal has new output. */
  printed(): void {
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => this.#say(), QUIET);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #say(): void {
    const buffer = this.#terminal.xterm.buffer.active;
    const end = buffer.baseY + buffer.cursorY;
    const first = Math.max(Math.min(this.#row, end), end - LINES + 1);
    this.#row = end;
    for (let row = first; row <= end; row++) {
      const line = buffer.getLine(row)?.translateToString(true).trim();
      if (line) announce(line);
    }
  }
}
